package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func TestTimesAreEqualInEverySpellingOfTheSameInstant(t *testing.T) {
	t.Parallel()
	const instant = "2026-03-14T09:26:53Z"
	tests := map[string]bool{
		instant:                          true,
		"2026-03-14T09:26:53+00:00":      true,
		"2026-03-14T09:26:53-00:00":      true,
		"2026-03-14T11:26:53+02:00":      true,
		"2026-03-14T04:26:53-05:00":      true,
		"2026-03-14T09:26:53.000Z":       true,
		"2026-03-14T09:26:53.000000000Z": true,
		"2026-03-14T09:26:53.001Z":       false,
		"2026-03-14T09:26:53+02:00":      false,
		"2026-03-14T09:26:54Z":           false,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			one, other := instant, text
			got, diagnostics := newTimestamp(&one).StringSemanticEquals(t.Context(), newTimestamp(&other))
			if diagnostics.HasError() || got != want {
				t.Errorf("got %t and %v, want %t", got, diagnostics, want)
			}
		})
	}
}

func TestTimesOfTheLibraryWouldNotBeEqual(t *testing.T) {
	t.Parallel()
	// Why timestampType exists. When this fails, the library has learned it,
	// and timetypes.RFC3339Type can take its place.
	for other, instantIsTheSame := range map[string]bool{
		"2026-03-14T11:26:53+02:00": true,
		"2026-03-14T09:26:53.001Z":  false,
	} {
		got, _ := timetypes.NewRFC3339ValueMust("2026-03-14T09:26:53Z").StringSemanticEquals(t.Context(), timetypes.NewRFC3339ValueMust(other))
		if got == instantIsTheSame {
			t.Errorf("timetypes compares %s as it should", other)
		}
	}
}

func TestATimestampIsComparedWithTimestampsAlone(t *testing.T) {
	t.Parallel()
	text := "2026-03-14T09:26:53Z"
	value := newTimestamp(&text)
	if _, diagnostics := value.StringSemanticEquals(t.Context(), types.StringValue(text)); !diagnostics.HasError() {
		t.Error("it was compared with a string")
	}
	if _, diagnostics := value.StringSemanticEquals(t.Context(), newTimestamp[string](nil)); !diagnostics.HasError() {
		t.Error("it was compared with null")
	}
	if value.Equal(types.StringValue(text)) || !value.Equal(newTimestamp(&text)) {
		t.Error("Equal is not of timestamps with the same text")
	}
}

func TestTimestampTypeMakesTimestamps(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	var kind basetypes.StringTypable = timestampType{}
	value, err := kind.ValueFromTerraform(ctx, tftypes.NewValue(tftypes.String, "2026-03-14T09:26:53Z"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := value.(timestamp); !ok || !value.Type(ctx).Equal(kind) || kind.Equal(timetypes.RFC3339Type{}) {
		t.Errorf("got %T of type %s", value, value.Type(ctx))
	}
	if _, err := kind.ValueFromTerraform(ctx, tftypes.NewValue(tftypes.Number, 1)); err == nil {
		t.Error("a number became a time")
	}
	fromString, _ := kind.ValueFromString(ctx, types.StringNull())
	if _, ok := fromString.(timestamp); !ok || !fromString.IsNull() {
		t.Errorf("got %T", fromString)
	}
	if _, ok := kind.ValueType(ctx).(timestamp); !ok || kind.String() != "timestampType" {
		t.Errorf("got %T %s", kind.ValueType(ctx), kind)
	}
}
