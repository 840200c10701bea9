package provider

import (
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
		"a/b":                                   `has the character "/"`,
		"org_acme:org_exp_1":                    `has the character ":"`,
		"org_exp_1/":                            `has the character "/"`,
		"org_exp_1/org_acme":                    `has the character "/"`,
		"'org_exp_1'":                           "has quotation marks",
		"x\t":                                   "begins or ends with whitespace",
		"org_acme":                              `"org_acme" is the ID of an organization`,
	} {
		if err := validateExportID(id); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", id, err, want)
		}
	}
	for id, want := range map[string]string{exportID: "is the ID of an export", "file_0YV7DES3WPC5J8JD8QTVNZBZNZ": "is the ID of a file", "": "the ID is empty; leave it out", "a b": `the character " "`} {
		if err := validateOrganizationID(id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", id, err, want)
		}
	}
	if err := validateReplacedStatus("Expired"); err == nil || !strings.Contains(err.Error(), `"Expired" is not a status at which an export can be replaced`) {
		t.Errorf("got %v", err)
	}
}

func TestFilter_warnsAboutMistakes(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]string{
		"status:completed": "", "status:!failed,expired;createdTime:2026-01-01T00:00:00Z..": "", "resources.type:invoices": "",
		"created_time:2026-01-01T00:00:00Z..": `an export has no field "created_time"`,
		"status:complete":                     `"complete" is not a status`,
		"status:completed;status:done":        `"done" is not a status`,
		"status:failed,createdTime:2026..":    `separate conditions with a semicolon`,
		"createdTime:soon":                    `"soon" is not a range of times`,
		"updatedTime:2026-01-01":              `"2026-01-01" is not a range of times`,
		"retentionTime:..2026-01-01":          "",
		"status=completed":                    `"status=completed" has no colon`,
	} {
		diags := validated(t, validFilter, types.StringValue(filter))
		if diags.HasError() || (len(diags) == 0) != (want == "") || want != "" && !strings.Contains(diags[0].Detail(), want) {
			t.Errorf("%s: got %v, want %q", filter, diags, want)
		}
	}
}
