package provider

import (
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
	records := func(name string, count int64) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{"type": knownvalue.StringExact(name), "record_count": knownvalue.Int64Exact(count)})
	}
	link := func(rel, href string) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"rel": knownvalue.StringExact(rel), "href": knownvalue.StringRegexp(regexp.MustCompile(href)),
		})
	}
	address, opts := overTLS(t, rebillytest.NewFor(t))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
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
						records("customers", 1204), records("invoices", 9310), records("transactions", 48217), records("users", 12),
					})),
					expect("links", knownvalue.ListExact([]knownvalue.Check{
						link("self", "^https://api.rebilly.com/organization-exports/"+exportID+"$"),
						link("user", "^https://api.rebilly.com/users/"),
						link("signedLink", rebillytest.SignedLinkSecret),
					})),
				),
			},
			{
				// Terraform 1.0 does not hide the link; the provider warns about that.
				SkipFunc: func() (bool, error) { return olderThan(t, terraform11, ""), nil },
				Config: providerBlock(address) + readExport(exportID) + `
output "links" {
  value = data.rebilly_organization_export.test.links[*].href
}
`,
				ExpectError: wrapped("Output refers to sensitive values"),
			},
		},
	})
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

func TestAccOrganizationExportDataSource_readsAgain(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created).With("_links", nil))
	address, opts := overLoopback(t, api)
	config := providerBlock(address) + readExport("x") + `
output "status" {
  value = data.rebilly_organization_export.test.status
}
`
	completed := knownvalue.StringExact("completed")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					expectString("status", "queued"), expect("file_id", knownvalue.Null()), expect("links", knownvalue.Null()),
				},
			},
			{
				PreConfig:         func() { api.Add(rebillytest.DefaultOrganization, rebillytest.Completed("x", rebillytest.Created)) },
				Config:            config,
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownOutputValue("status", completed)}},
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("status", completed)},
			},
		},
	})
}
