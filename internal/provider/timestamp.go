package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	_ basetypes.StringTypable                    = timestampType{}
	_ basetypes.StringValuableWithSemanticEquals = timestamp{}
)

// timestampType is the type of RFC 3339 times. It is timetypes.RFC3339Type
// but for equality: that type takes one instant in two zones for two values,
// and two instants of one second for one.
type timestampType struct{ timetypes.RFC3339Type }

// timestamp is a value of timestampType.
type timestamp struct{ timetypes.RFC3339 }

// newTimestamp returns the time as the API spelled it, or null for nil.
func newTimestamp[T ~string](text *T) timestamp {
	if text == nil {
		return timestamp{timetypes.NewRFC3339Null()}
	}

	return timestamp{timetypes.RFC3339{StringValue: basetypes.NewStringValue(string(*text))}}
}

// String implements attr.Type.
func (timestampType) String() string { return "timestampType" }

// ValueType implements attr.Type.
func (timestampType) ValueType(context.Context) attr.Value { return timestamp{} }

// Equal implements attr.Type.
func (t timestampType) Equal(other attr.Type) bool {
	same, ok := other.(timestampType)

	return ok && t.RFC3339Type.Equal(same.RFC3339Type)
}

// ValueFromString implements basetypes.StringTypable.
func (timestampType) ValueFromString(_ context.Context, in basetypes.StringValue) (basetypes.StringValuable, diag.Diagnostics) {
	return timestamp{timetypes.RFC3339{StringValue: in}}, nil
}

// ValueFromTerraform implements attr.Type.
func (t timestampType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.RFC3339Type.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	text, ok := value.(timetypes.RFC3339)
	if !ok {
		return nil, fmt.Errorf("unexpected value type %T", value)
	}

	return timestamp{text}, nil
}

// Type implements attr.Value.
func (timestamp) Type(context.Context) attr.Type { return timestampType{} }

// Equal implements attr.Value: the same text.
func (v timestamp) Equal(other attr.Value) bool {
	same, ok := other.(timestamp)

	return ok && v.StringValue.Equal(same.StringValue)
}

// StringSemanticEquals returns whether both are the same instant, whatever
// the zone and the fraction that they are spelled with.
func (v timestamp) StringSemanticEquals(_ context.Context, other basetypes.StringValuable) (bool, diag.Diagnostics) {
	same, ok := other.(timestamp)
	if !ok {
		return false, diag.Diagnostics{diag.NewErrorDiagnostic("Semantic Equality Check Error",
			fmt.Sprintf("A time was compared with a value of type %T. This is a defect of the provider; please report it.", other))}
	}
	mine, diagnostics := v.ValueRFC3339Time()
	its, more := same.ValueRFC3339Time()
	diagnostics.Append(more...)

	return !diagnostics.HasError() && mine.Equal(its), diagnostics
}
