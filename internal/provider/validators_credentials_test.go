package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// A mistake puts a credential into another argument. It must not be sent or shown.
func TestValidators_refuseCredentials(t *testing.T) {
	t.Parallel()
	validators := map[string]validator.String{
		"ID": validID, "duration": validDuration, "path": validFilePath, "sort": validSortField, "filter": validText,
		"environment": stringFunc("", validateEnvironment), "base URL": secretFunc("", rebilly.ValidateBaseURL),
	}
	for _, secret := range []string{`"sk_live_SECRET"`, "\u200bsk_live_SECRET", "sk_live_SECRET", "pk_live_SECRET", "eyJSECRET.SECRET", " sk_live_SECRET\n"} {
		for name, refusing := range validators {
			diagnostics := validated(t, refusing, secret)
			if len(diagnostics) != 1 || !strings.Contains(diagnostics[0], "begins like a credential") || strings.Contains(diagnostics[0], "SECRET") {
				t.Errorf("%s: got %q", name, diagnostics)
			}
		}
		for name, validate := range map[string]func(string) error{"ID": rebilly.ValidateID, "environment": validateEnvironment, "base URL": rebilly.ValidateBaseURL} {
			if err := validate(secret); err == nil || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s of the environment: got %v", name, err)
			}
		}
		for _, diagnostic := range validateKnown(path.Root("id"), types.StringValue(secret), rebilly.ValidateID) {
			if _, hasPath := diagnostic.(interface{ Path() path.Path }); hasPath {
				t.Error("Terraform would print the line of the argument, with a literal secret")
			}
		}
	}
}

func TestValidators_quoteTwentyCharacters(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 20) + "SECRET"
	for name, validate := range map[string]func(string) error{"duration": validateDuration, "environment": validateEnvironment} {
		if err := validate(long); err == nil || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), long[:40]+"…") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// validated returns the details of the diagnostics of a validator. None may have a
// path.
func validated(t *testing.T, v validator.String, value string) []string {
	t.Helper()
	var response validator.StringResponse
	v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("field"), ConfigValue: types.StringValue(value)}, &response)
	var details []string
	for _, diagnostic := range response.Diagnostics {
		details = append(details, diagnostic.Detail())
		if _, hasPath := diagnostic.(interface{ Path() path.Path }); hasPath {
			t.Errorf("Terraform would print the line of the argument, with a literal secret: %s", diagnostic.Detail())
		}
	}

	return details
}
