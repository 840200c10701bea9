package provider

import (
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
