package provider

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// validated returns the diagnostics of a validator for the attribute field.
func validated(t *testing.T, v validator.String, value types.String) diag.Diagnostics {
	t.Helper()
	var response validator.StringResponse
	v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("field"), ConfigValue: value}, &response)

	return response.Diagnostics
}

func hasPath(diagnostic diag.Diagnostic) bool {
	_, has := diagnostic.(diag.DiagnosticWithPath)

	return has
}

func TestStringFunc_reportsTheErrorOfItsFunction(t *testing.T) {
	t.Parallel()
	refuse := func(string) error { return errors.New("it is odd") }
	for name, test := range map[string]struct {
		validator     validator.String
		value         types.String
		refused, path bool
	}{
		"refused":        {validator: stringFunc("", refuse), value: types.StringValue("x"), refused: true, path: true},
		"refused secret": {validator: secretFunc("", refuse), value: types.StringValue("x"), refused: true},
		"null":           {validator: stringFunc("", refuse), value: types.StringNull()},
		"unknown":        {validator: stringFunc("", refuse), value: types.StringUnknown()},
		"accepted":       {validator: validText, value: types.StringValue("x")},
	} {
		diags := validated(t, test.validator, test.value)
		if diags.HasError() != test.refused {
			t.Errorf("%s: got %v", name, diags)
		} else if test.refused && (hasPath(diags[0]) != test.path || !strings.Contains(diags[0].Detail(), "field is invalid: it is odd.")) {
			t.Errorf("%s: got %v", name, diags)
		}
	}
}

// mustSay fails the test unless err has the text; an empty one means no error.
func mustSay(t *testing.T, value string, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%q: got %v, want %q", value, err, text)
	}
}

func TestValidateDuration_isAboveZero(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1ns": "", "90s": "", "2h45m": "",
		"": "is not a duration", "30": "is not a duration", "soon": "is not a duration", "0s": "leaves no time", "-30m": "leaves no time",
	} {
		mustSay(t, text, validateDuration(text), want)
	}
}

// A timeout that leaves no time would fail only after an export was requested.
func TestValidateTimeouts_refusesWhatLeavesNoTime(t *testing.T) {
	t.Parallel()
	terraform := unconfigured(t, nil)
	for operation, validate := range map[string]func(values) []*tfprotov6.Diagnostic{
		"read": terraform.validateExport, "create": terraform.validateResource, "update": terraform.validateResource,
	} {
		with := func(timeouts values) []*tfprotov6.Diagnostic {
			arguments := values{"timeouts": timeouts}
			if operation == "read" {
				arguments["id"] = "x"
			}

			return validate(arguments)
		}
		for _, timeout := range []string{"soon", "30", "0s", "-30m"} {
			mustFail(t, with(values{operation: timeout}), "timeouts."+operation)
		}
		for _, timeout := range []any{"1ms", "90s", "2h45m", nil, unknown} {
			mustSucceed(t, with(values{operation: timeout}))
		}
		mustSucceed(t, with(nil))
	}
}

func TestValidateExportID_saysWhatItIs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK": "", "x": "",
		"file_0YV7DES3WPC5J8JD8QTVNZBZNZ":       `"file_0YV7DES3WPC5J8J…" is the ID of a file`,
		"org_acme/org_exp_01HXC7MKK4GCS6WRRXY4": "put the part before it into organization_id",
		"a/b":                                   "has a character",
	} {
		mustSay(t, id, validateExportID(id), want)
	}
	mustSay(t, exportID, validateOrganizationOfImport(exportID), "organization before the slash")
	mustSay(t, "Expired", validateReplacedStatus("Expired"), `"Expired" is not a status at which an export can be replaced`)
}

func TestFilter_warnsAboutMistakes(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]string{
		"status:completed": "", "status:!failed,expired;createdTime:2026-01-01T00:00:00Z..": "", "resources.type:invoices": "", "sk_live_SECRET": "",
		"created_time:2026-01-01T00:00:00Z..": `an export has no field "created_time"`,
		"status:complete":                     `"complete" is not a status`,
		"status:completed;status:done":        `"done" is not a status`,
		"status=completed":                    `"status=completed" is not field:value`,
	} {
		diags := validated(t, filterValidator{}, types.StringValue(filter))
		if diags.HasError() || (len(diags) == 0) != (want == "") || want != "" && !strings.Contains(diags[0].Detail(), want) {
			t.Errorf("%s: got %v, want %q", filter, diags, want)
		}
	}
}
