package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// A mistake puts a credential into another argument. It must not be sent or shown,
// and Terraform would print the line of an error's argument.
func TestValidators_refuseCredentials(t *testing.T) {
	t.Parallel()
	validators := map[string]validator.String{
		"ID": validExportID, "organization": validOrgID, "duration": validDuration, "path": validFilePath, "sort": validSortField, "filter": validFilter, "query": validText,
		"environment": validEnvironment, "base URL": secretFunc("", rebilly.ValidateBaseURL),
	}
	for _, secret := range []string{`"sk_live_SECRET"`, "\u200bsk_live_SECRET", "sk_live_SECRET", "pk_live_SECRET", "eyJSECRET.SECRET", " sk_live_SECRET\n"} {
		for name, refusing := range validators {
			diags := validated(t, refusing, types.StringValue(secret))
			if len(diags) != 1 || hasPath(diags[0]) || !strings.Contains(diags[0].Detail(), "begins like a credential") || strings.Contains(diags[0].Detail(), "SECRET") {
				t.Errorf("%s: got %q", name, diags)
			}
		}
		for name, validate := range map[string]func(string) error{"ID": rebilly.ValidateID, "environment": validEnvironment.validate, "base URL": rebilly.ValidateBaseURL} {
			if err := validate(secret); err == nil || strings.Contains(err.Error(), "SECRET") {
				t.Errorf("%s of the environment: got %v", name, err)
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
