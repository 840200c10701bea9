package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// unconfigured returns a provider with the given environment variables.
func unconfigured(t *testing.T, variables map[string]string) protocol {
	t.Helper()

	return startProvider(t, inMemory(rebillytest.NewFor(t), variables))
}

func TestProvider_conflictingArguments(t *testing.T) {
	t.Parallel()
	for name, attributes := range map[string]values{
		"api_key and jwt":          {"api_key": rebillytest.SecretKey, "jwt": rebillytest.JWT},
		"environment and base_url": {"environment": "live", "base_url": "https://gateway.example.com"},
	} {
		terraform := unconfigured(t, nil)
		mustFail(t, terraform.validate(attributes), "", "Conflicting Provider Arguments", name)
		attributes["api_key"] = rebillytest.SecretKey
		mustFail(t, terraform.configure(attributes), "", "Conflicting Provider Arguments")
	}
}

// terraform validate does not know the values of variables, which may be null.
func TestProvider_unknownArgumentsAreNoConflict(t *testing.T) {
	t.Parallel()
	for _, attributes := range []values{
		{"api_key": unknown, "jwt": unknown},
		{"api_key": rebillytest.SecretKey, "jwt": unknown},
		{"environment": unknown, "base_url": "https://gateway.example.com"},
	} {
		mustSucceed(t, unconfigured(t, nil).validate(attributes))
		mustSucceed(t, unconfigured(t, nil).configure(attributes))
	}
}

// The errors of arguments that may have a secret have no attribute path: Terraform
// would print the line of the argument.
func TestProvider_invalidValue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		argument, variable string
		value              any
		secret             bool
	}{
		{argument: "api_key", variable: apiKeyVariable, value: rebillytest.SecretKey + "\n", secret: true},
		{argument: "api_key", variable: apiKeyVariable, value: rebillytest.SecretKey + "\r\nX-Evil: 1", secret: true},
		{argument: "api_key", value: "", secret: true},
		{argument: "jwt", variable: jwtVariable, value: "Bearer " + rebillytest.JWT, secret: true},
		{argument: "jwt", value: "", secret: true},
		{argument: "api_key", variable: apiKeyVariable, value: rebillytest.JWT, secret: true},
		{argument: "jwt", variable: jwtVariable, value: rebillytest.SecretKey, secret: true},
		{argument: "organization_id", variable: organizationIDVariable, value: ".."},
		{argument: "organization_id", value: ""},
		{argument: "environment", variable: environmentVariable, value: "production"},
		{argument: "environment", value: ""},
		{argument: "base_url", variable: baseURLVariable, value: "https://u:" + rebillytest.SecretKey + "@api.rebilly.com", secret: true},
		{argument: "base_url", variable: baseURLVariable, value: "http://api.rebilly.com", secret: true},
		{argument: "base_url", value: "", secret: true},
		{argument: "request_timeout", value: "30"},
		{argument: "request_timeout", value: "0s"},
		{argument: "request_timeout", value: ""},
		{argument: "max_retries", value: -1},
		{argument: "max_retries", value: 101},
		{argument: "max_retries", value: 1.5},
	} {
		path := test.argument
		if test.secret {
			path = ""
		}
		mustFail(t, unconfigured(t, nil).validate(values{test.argument: test.value}), path, test.argument)
		if text, ok := test.value.(string); ok && test.variable != "" {
			variables := map[string]string{apiKeyVariable: rebillytest.SecretKey}
			if test.argument == "jwt" {
				delete(variables, apiKeyVariable)
			}
			variables[test.variable] = text
			mustFail(t, unconfigured(t, variables).configure(nil), "", invalidSummary, test.variable)
		}
	}
}

// The error has no attribute path: Terraform would print the line of the
// argument, and with it a literal secret.
func TestProvider_unknownArgument(t *testing.T) {
	t.Parallel()
	for _, argument := range unconfigured(t, nil).schema.Provider.Block.Attributes {
		attributes := values{argument.Name: unknown}
		terraform := unconfigured(t, map[string]string{apiKeyVariable: rebillytest.SecretKey})
		mustSucceed(t, terraform.validate(attributes))
		mustSucceed(t, terraform.configure(attributes))
		export := terraform.manage()
		mustSucceed(t, export.plan(nil).diagnostics)
		_, diagnostics := terraform.readWith(values{"id": exportID})
		mustFail(t, diagnostics, "", "Unknown Provider Argument", argument.Name)
		mustFail(t, export.importBy(exportID, nil), "", "Unknown Provider Argument", argument.Name)
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
	for _, arguments := range []values{{"api_key": unknown}, {"api_key": rebillytest.SecretKey, "organization_id": unknown}} {
		api := rebillytest.NewFor(t)
		terraform := startProvider(t, inMemory(api, nil))
		mustSucceed(t, terraform.configureBy("1.11.4", arguments, true))
		response := must(terraform.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
			TypeName:           objectType,
			Config:             terraform.object(terraform.schema.DataSourceSchemas[objectType], values{"id": exportID}),
			ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
		}))
		mustSucceed(t, response.Diagnostics)
		if response.Deferred == nil || response.Deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
			t.Errorf("%v: the read was not deferred: %+v", arguments, response.Deferred)
		}
		mustHaveSent(t, api, 0)
	}
}

func TestProvider_warnsAboutTerraformThatShowsLinks(t *testing.T) {
	t.Parallel()
	terraform := unconfigured(t, nil)
	for version, warned := range map[string]bool{"1.0.0": true, "1.0.11": true, "1.1.0": false, "1.10.0": false, "2.0.0": false} {
		diagnostics := terraform.configureBy(version, values{"api_key": rebillytest.SecretKey}, false)
		if warned {
			mustWarn(t, diagnostics, "", "Terraform Shows Signed Links")
		} else {
			mustSucceed(t, diagnostics)
		}
	}
}
