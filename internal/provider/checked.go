package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

var _ validator.String = checkedValidator{}

// checkedValidator validates a string attribute by a check that other values
// pass too, such as those of environment variables.
type checkedValidator struct {
	expected string
	check    func(string) error
}

// checked returns a validator that refuses what check returns an error for.
// Expected is a noun phrase for the attribute's right values.
func checked(expected string, check func(string) error) validator.String {
	return checkedValidator{expected: expected, check: check}
}

// Description implements validator.Describer.
func (v checkedValidator) Description(context.Context) string {
	return "value must be " + v.expected
}

// MarkdownDescription implements validator.Describer.
func (v checkedValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateString implements validator.String.
func (v checkedValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.Append(invalid(req.Path, "The attribute "+req.Path.String(), err))
	}
}

// invalid returns the error for a value of an attribute that a check refused.
// Origin says where the value stands.
func invalid(attribute path.Path, origin string, reason error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(attribute,
		"Invalid Value: "+attribute.String(),
		origin+" has a value that cannot be used: "+reason.Error()+".")
}
