package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// providerArguments are the arguments of the provider block. True means
// sensitive.
var providerArguments = map[string]bool{
	"api_key": true, "jwt": true, "organization_id": false, "environment": false, "base_url": false, "request_timeout": false, "max_retries": false,
}

func TestProvider_onlyCredentialsAreSensitive(t *testing.T) {
	t.Parallel()
	attributes := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema.Provider.Block.Attributes
	if len(attributes) != len(providerArguments) {
		t.Errorf("the provider has %d arguments, want %d", len(attributes), len(providerArguments))
	}
	for _, attribute := range attributes {
		if want, known := providerArguments[attribute.Name]; !known || attribute.Sensitive != want {
			t.Errorf("%s: known %t, sensitive %t", attribute.Name, known, attribute.Sensitive)
		}
		if attribute.Description == "" || attribute.Type.Is(tftypes.DynamicPseudoType) {
			t.Errorf("%s has no description or no type", attribute.Name)
		}
	}
}

func TestProvider_conflictingArguments(t *testing.T) {
	t.Parallel()
	for name, attributes := range map[string]values{
		"api_key and jwt":          {"api_key": rebillytest.SecretKey, "jwt": rebillytest.JWT},
		"environment and base_url": {"environment": "live", "base_url": "https://gateway.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terraform := startProvider(t, inMemory(rebillytest.NewFor(t), nil))
			mustFail(t, terraform.validate(attributes), "", "Conflicting Provider Arguments", "sets both "+name, "Remove one of them")
			attributes["api_key"] = rebillytest.SecretKey
			mustFail(t, terraform.configure(attributes), "", "Conflicting Provider Arguments", "Remove one of them")
		})
	}
}

// terraform validate does not know the values of variables, which may be null.
func TestProvider_unknownArgumentsAreNoConflict(t *testing.T) {
	t.Parallel()
	for _, attributes := range []values{
		{"api_key": unknown, "jwt": unknown},
		{"api_key": rebillytest.SecretKey, "jwt": unknown},
		{"environment": unknown, "base_url": unknown},
		{"environment": unknown, "base_url": "https://gateway.example.com"},
	} {
		mustSucceed(t, startProvider(t, inMemory(rebillytest.NewFor(t), nil)).validate(attributes))
	}
}

func TestProvider_emptyString(t *testing.T) {
	t.Parallel()
	for argument, path := range map[string]string{
		"api_key": "", "jwt": "", "base_url": "",
		"organization_id": "organization_id", "environment": "environment", "request_timeout": "request_timeout",
	} {
		t.Run(argument, func(t *testing.T) {
			t.Parallel()
			mustFail(t, startProvider(t, inMemory(rebillytest.NewFor(t), nil)).validate(values{argument: ""}), path, "Invalid Argument Value", "The value of "+argument)
		})
	}
}

func TestProvider_timeoutAndRetriesOutOfRange(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		argument string
		value    any
		want     string
	}{
		"no duration":      {"request_timeout", "half a minute", `"half a minute" is not a duration`},
		"no unit":          {"request_timeout", "30", `"30" is not a duration`},
		"no time":          {"request_timeout", "0s", "use a duration above zero"},
		"negative time":    {"request_timeout", "-1s", "use a duration above zero"},
		"negative number":  {"max_retries", -1, "between 0 and 100"},
		"too many retries": {"max_retries", 101, "between 0 and 100"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustFail(t, startProvider(t, inMemory(rebillytest.NewFor(t), nil)).validate(values{test.argument: test.value}), test.argument, test.want)
		})
	}
}

// The error has no attribute path: Terraform would print the line of the
// argument, and with it a literal secret.
func TestProvider_unknownArgument(t *testing.T) {
	t.Parallel()
	for argument := range providerArguments {
		t.Run(argument, func(t *testing.T) {
			t.Parallel()
			terraform := startProvider(t, inMemory(rebillytest.NewFor(t), map[string]string{apiKeyVariable: rebillytest.SecretKey}))
			mustSucceed(t, terraform.validate(values{argument: unknown}))
			mustSucceed(t, terraform.configure(values{argument: unknown}))
			export := terraform.manage()
			mustSucceed(t, export.plan(nil).diagnostics)
			_, diagnostics := terraform.read(exportID)
			mustFail(t, diagnostics, "", "Unknown Provider Argument", argument, "known only after apply", "-target")
			mustFail(t, export.importBy(exportID, nil), "", "Unknown Provider Argument", argument)
		})
	}
}

// An object with an organization of its own does not need the provider's.
func TestProvider_unknownOrganizationIsNotNeeded(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), values{"organization_id": unknown})
	_, diagnostics := terraform.readWith(values{"id": exportID, "organization_id": rebillytest.DefaultOrganization})
	mustSucceed(t, diagnostics)
	mustSucceed(t, terraform.manage().apply(values{"organization_id": "org_acme"}))
}

func TestProvider_unknownArgumentIsDeferred(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := startProvider(t, inMemory(api, nil))
	mustSucceed(t, terraform.configureBy("1.11.4", values{"api_key": unknown}, true))
	response, err := terraform.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName:           objectType,
		Config:             terraform.object(terraform.schema.DataSourceSchemas[objectType], values{"id": exportID}),
		ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	mustSucceed(t, response.Diagnostics)
	if response.Deferred == nil || response.Deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
		t.Errorf("the read was not deferred: %+v", response.Deferred)
	}
	if sent := len(api.Requests()); sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestProvider_configureSendsNothing(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	mustSucceed(t, startProvider(t, inMemory(api, nil)).configure(values{"api_key": "sk_unknown", "organization_id": "org_eu"}))
	if sent := len(api.Requests()); sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestProvider_warnsAboutTerraformThatShowsLinks(t *testing.T) {
	t.Parallel()
	terraform := startProvider(t, inMemory(rebillytest.NewFor(t), nil))
	for version, warned := range map[string]bool{
		"1.0.0": true, "1.0.11": true,
		"1.1.0": false, "1.10.0": false, "2.0.0": false,
	} {
		diagnostics := terraform.configureBy(version, values{"api_key": rebillytest.SecretKey}, false)
		if warned {
			mustWarn(t, diagnostics, "", "Terraform Shows Signed Links", "Terraform "+version, "Use Terraform 1.1 or later", "include_links = false")
		} else {
			mustSucceed(t, diagnostics)
		}
	}
}

func TestProvider_objectsRefuseDataOfAnotherType(t *testing.T) {
	t.Parallel()
	data, diags := providerDataFrom("a string")
	if data != nil || !diags.HasError() || !strings.Contains(diags[0].Detail(), "has the type string instead of *providerData") {
		t.Errorf("got %v and %v", data, diags)
	}
	if data, diags := providerDataFrom(nil); data != nil || len(diags) > 0 {
		t.Errorf("without data, as in terraform validate: got %v and %v", data, diags)
	}
	if data, diags := providerDataFrom(&providerData{environment: "live"}); data.environment != "live" || len(diags) > 0 {
		t.Errorf("got %v and %v", data, diags)
	}
}
