package provider

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestStringFunc_reportsTheErrorOfItsFunction(t *testing.T) {
	t.Parallel()
	refuse := func(string) error { return errors.New("it is odd") }
	for name, test := range map[string]struct {
		validator validator.String
		value     types.String
		want      string
		path      bool
	}{
		"refused":        {stringFunc("", refuse), types.StringValue("x"), "The value of field is invalid: it is odd.", true},
		"refused secret": {secretFunc("", refuse), types.StringValue("x"), "The value of field is invalid: it is odd.", false},
		"null":           {stringFunc("", refuse), types.StringNull(), "", false},
		"unknown":        {stringFunc("", refuse), types.StringUnknown(), "", false},
		"accepted":       {stringFunc("", func(string) error { return nil }), types.StringValue("x"), "", false},
	} {
		var response validator.StringResponse
		test.validator.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("field"), ConfigValue: test.value}, &response)
		if test.want == "" {
			if len(response.Diagnostics) > 0 {
				t.Errorf("%s: got %v", name, response.Diagnostics)
			}

			continue
		}
		if len(response.Diagnostics) != 1 || response.Diagnostics[0].Detail() != test.want+"\n\nSee "+troubleshooting+"invalid-argument-value" {
			t.Errorf("%s: got %v, want %s", name, response.Diagnostics, test.want)

			continue
		}
		withPath, hasPath := response.Diagnostics[0].(interface{ Path() path.Path })
		if hasPath != test.path || hasPath && withPath.Path().String() != "field" {
			t.Errorf("%s: the error has a path: %t", name, hasPath)
		}
	}
}

func TestValidateDuration_isAboveZero(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1ns": "", "90s": "", "2h45m": "",
		"":     "is not a duration",
		"30":   "is not a duration; use a number with a unit, such as 30s, 2m, or 720h. Days and months are not units: 30 days are 720h",
		"soon": "is not a duration",
		"0s":   "leaves no time; use a duration above zero",
		"-30m": "leaves no time",
	} {
		err := validateDuration(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// A timeout that leaves no time would fail only after an export was requested.
func TestValidateTimeouts_refusesWhatLeavesNoTime(t *testing.T) {
	t.Parallel()
	terraform := startProvider(t, inMemory(rebillytest.NewFor(t), nil))
	data := func(timeouts values) []*tfprotov6.Diagnostic {
		return terraform.validateExport(values{"id": "x", "timeouts": timeouts})
	}
	resource := func(timeouts values) []*tfprotov6.Diagnostic {
		return terraform.validateResource(values{"timeouts": timeouts})
	}
	for operation, validate := range map[string]func(values) []*tfprotov6.Diagnostic{"read": data, "create": resource, "update": resource} {
		for timeout, want := range map[string]string{
			"soon": `must be a string containing a sequence of decimal numbers`,
			"30":   `must be a string containing a sequence of decimal numbers`,
			"0s":   "The value of timeouts." + operation + ` is invalid: "0s" leaves no time; use a duration above zero`,
			"-30m": "The value of timeouts." + operation + ` is invalid: "-30m" leaves no time`,
		} {
			t.Run(operation+" "+timeout, func(t *testing.T) {
				t.Parallel()
				mustFail(t, validate(values{operation: timeout}), "timeouts."+operation, want)
			})
		}
		for _, timeout := range []any{"1ms", "90s", "2h45m", nil, unknown} {
			mustSucceed(t, validate(values{operation: timeout}))
		}
		mustSucceed(t, validate(nil))
	}
}

func TestValidateExportID_saysWhatItIs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK": "", "x": "",
		"file_0YV7DES3WPC5J8JD8QTVNZBZNZ":       `"file_0YV7DES3WPC5J8J…" is the ID of a file`,
		"org_acme/org_exp_01HXC7MKK4GCS6WRRXY4": "put the part before it into organization_id",
		"a/b":                                   "has a character that Rebilly's IDs do not have",
	} {
		if err := validateExportID(id); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", id, err, want)
		}
	}
	if err := validateOrganizationOfImport("org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"); err == nil || !strings.Contains(err.Error(), "organization before the slash") {
		t.Errorf("got %v", err)
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
		"status=completed":                    `"status=completed" is not field:value`,
		"sk_live_SECRET":                      "",
	} {
		var response validator.StringResponse
		filterValidator{}.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("filter"), ConfigValue: types.StringValue(filter)}, &response)
		if response.Diagnostics.HasError() || (len(response.Diagnostics) == 0) != (want == "") || want != "" && !strings.Contains(response.Diagnostics[0].Detail(), want) {
			t.Errorf("%s: got %v, want %q", filter, response.Diagnostics, want)
		}
	}
}
