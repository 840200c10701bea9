package provider

import (
	"fmt"
	"math"
	"net/http"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const exportAddress = "data.rebilly_organization_export.test"

func expect(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(exportAddress, tfjsonpath.New(attribute), value)
}

func expectString(attribute, value string) statecheck.StateCheck {
	return expect(attribute, knownvalue.StringExact(value))
}

func TestAccOrganizationExportDataSource_allAttributes(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(*testing.T, http.Handler) (string, options){
		"over TLS":      overTLS,
		"over loopback": overLoopback,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			address, opts := serve(t, api)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(opts),
				Steps: []resource.TestStep{{
					Config: providerBlock(address) + readExport(exportID),
					ConfigStateChecks: append(expectSensitive(t, exportAddress, tfjsonpath.New("links").AtSliceIndex(2).AtMapKey("href")),
						expectString("id", exportID),
						expectString("user_id", "usr_0YVCEENYJ3D7Q9EN6BN16HA0G4"),
						expectString("file_id", "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"),
						expectString("status", "completed"),
						expectString("created_time", "2026-03-14T09:26:53Z"),
						expectString("updated_time", "2026-03-14T09:36:53Z"),
						expectString("retention_time", "2026-04-13T09:36:53Z"),
						expect("resources", knownvalue.ListExact([]knownvalue.Check{
							resourceOf("customers", 1204),
							resourceOf("invoices", 9310),
							resourceOf("transactions", 48217),
							resourceOf("users", 12),
						})),
						expect("links", knownvalue.ListExact([]knownvalue.Check{
							linkTo("self", "^https://api.rebilly.com/organization-exports/"+exportID+"$"),
							linkTo("user", "^https://api.rebilly.com/users/"),
							linkTo("signedLink", rebillytest.SignedLinkSecret),
						})),
					),
				}},
			})
		})
	}
}

// expectSensitive expects an attribute of an object in a list to be sensitive, if
// the CLI says so.
func expectSensitive(t *testing.T, address string, attribute tfjsonpath.Path) []statecheck.StateCheck {
	t.Helper()
	if olderThan(t, terraform15, "") {
		return nil
	}

	return []statecheck.StateCheck{statecheck.ExpectSensitiveValue(address, attribute)}
}

func resourceOf(name string, records int64) knownvalue.Check {
	return knownvalue.ObjectExact(map[string]knownvalue.Check{
		"type":         knownvalue.StringExact(name),
		"record_count": knownvalue.Int64Exact(records),
	})
}

func linkTo(rel, href string) knownvalue.Check {
	return knownvalue.ObjectExact(map[string]knownvalue.Check{
		"rel":  knownvalue.StringExact(rel),
		"href": knownvalue.StringRegexp(regexp.MustCompile(href)),
	})
}

func TestAccOrganizationExportDataSource_nullAndEmptyFields(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("nothing", rebillytest.Created).Without("userId").With("_links", nil).With("createdTime", nil))
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("nothing_at_all", rebillytest.Created).Without("resources"))
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("much", rebillytest.Created).With("resources", []any{
		map[string]any{"type": "users", "recordCount": int64(math.MaxInt64)},
		map[string]any{"type": "lists"},
	}))
	address, opts := overTLS(t, api)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
				Config: providerBlock(address) + readExport("nothing"),
				ConfigStateChecks: []statecheck.StateCheck{
					expect("user_id", knownvalue.Null()),
					expect("file_id", knownvalue.Null()),
					expect("created_time", knownvalue.Null()),
					expect("retention_time", knownvalue.Null()),
					expect("links", knownvalue.Null()),
					expect("resources", knownvalue.ListSizeExact(0)),
				},
			},
			{
				Config: providerBlock(address) + readExport("nothing_at_all"),
				ConfigStateChecks: []statecheck.StateCheck{
					expect("resources", knownvalue.Null()),
				},
			},
			{
				Config: providerBlock(address) + readExport("much"),
				ConfigStateChecks: []statecheck.StateCheck{
					expect("resources", knownvalue.ListExact([]knownvalue.Check{
						resourceOf("users", math.MaxInt64),
						knownvalue.ObjectExact(map[string]knownvalue.Check{
							"type":         knownvalue.StringExact("lists"),
							"record_count": knownvalue.Null(),
						}),
					})),
				},
			},
		},
	})
}

func TestAccOrganizationExportDataSource_readsAgain(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created))
	address, opts := overLoopback(t, api)
	config := providerBlock(address) + readExport("x") + `
output "status" {
  value = data.rebilly_organization_export.test.status
}
`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
				Config:            config,
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("status", knownvalue.StringExact("queued"))},
			},
			{
				PreConfig: func() { api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("x", rebillytest.Created)) },
				Config:    config,
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownOutputValue("status", knownvalue.StringExact("completed"))},
				},
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("status", knownvalue.StringExact("completed"))},
			},
		},
	})
}

func TestAccOrganizationExportDataSource_unknownID(t *testing.T) {
	t.Parallel()
	configuration := fmt.Sprintf(`
resource "terraform_data" "id" {
  input = %q
}

data "rebilly_organization_export" "test" {
  id = terraform_data.id.output
}
`, exportID)
	skipUnlessUnderstood(t, configuration)
	address, opts := overTLS(t, rebillytest.NewFor(t))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{{
			Config: providerBlock(address) + configuration,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownValue(exportAddress, tfjsonpath.New("status"))},
			},
			ConfigStateChecks: []statecheck.StateCheck{expectString("status", "completed")},
		}},
	})
}

func TestAccProvider_environmentVariables(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add("org_eu", rebillytest.Completed("x", rebillytest.Created))
	address, opts := overLoopback(t, api)
	opts.getenv = environment(map[string]string{
		jwtVariable:            rebillytest.JWT,
		baseURLVariable:        address,
		organizationIDVariable: "org_eu",
	})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{{
			Config:            readExport("x"),
			ConfigStateChecks: []statecheck.StateCheck{expectString("status", "completed")},
		}},
	})
}

func TestAccOrganizationExportDataSource_outlastsFaults(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.Cut(), rebillytest.Problem(503, "Service Unavailable", ""), rebillytest.CutBody())
	address, opts := overTLS(t, api)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{{
			Config:            providerBlock(address) + readExport(exportID),
			ConfigStateChecks: []statecheck.StateCheck{expectString("status", "completed")},
		}},
	})
}

func TestAccDiagnostics_text(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		block, id, want string
	}{
		"invalid ID": {
			`provider "rebilly" {
  api_key = "sk_unused"
}`, "a/b", `The value of id is invalid: the ID "a/b" has a character`,
		},
		"no credential": {
			`provider "rebilly" {}`, exportID, `Set api_key or jwt in the provider configuration, or set the environment variable REBILLY_API_KEY or REBILLY_JWT`,
		},
		"two credentials": {
			`provider "rebilly" {
  api_key = "sk_one"
  jwt     = "two"
}`, exportID, `The provider block sets both api_key and jwt.`,
		},
		"key with a newline": {
			`provider "rebilly" {
  api_key = "sk_one\n"
}`, exportID, `The value of api_key is invalid: the value begins or ends with whitespace`,
		},
		"host without encryption": {
			`provider "rebilly" {
  api_key  = "sk_one"
  base_url = "http://api.rebilly.com"
}`, exportID, `would send the credential unencrypted; use https`,
		},
		"unknown key": {
			`resource "terraform_data" "key" {
  input = "sk_one"
}

provider "rebilly" {
  api_key = terraform_data.key.output
}`, exportID, `The provider needs api_key to call Rebilly, and its value is known only after apply`,
		},
		"wrong key": {
			`provider "rebilly" {
  api_key  = "sk_unknown"
  base_url = "ADDRESS"
}`, exportID, `Credential: api_key in the provider configuration`,
		},
		"key without permission": {
			`provider "rebilly" {
  api_key  = "` + rebillytest.ForbiddenKey + `"
  base_url = "ADDRESS"
}`, exportID, `Permission: GetOrganizationExport`,
		},
		"no such export": {
			`provider "rebilly" {
  api_key  = "` + rebillytest.SecretKey + `"
  base_url = "ADDRESS"
}`, "gone", `There is no export gone in this organization.`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			skipUnlessUnderstood(t, test.block)
			address, opts := overTLS(t, rebillytest.NewFor(t))
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(opts),
				Steps: []resource.TestStep{{
					Config:      regexp.MustCompile("ADDRESS").ReplaceAllString(test.block, address) + readExport(test.id),
					ExpectError: wrapped(test.want),
				}},
			})
		})
	}
}

func TestAccOrganizationExportDataSource_linkIsSensitive(t *testing.T) {
	t.Parallel()
	if olderThan(t, terraform11, "") {
		t.Skip("Terraform 1.0 does not hide it; the provider warns about that")
	}
	address, opts := overTLS(t, rebillytest.NewFor(t))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{{
			Config: providerBlock(address) + readExport(exportID) + `
output "links" {
  value = data.rebilly_organization_export.test.links[*].href
}
`,
			ExpectError: wrapped("Output refers to sensitive values"),
		}},
	})
}
