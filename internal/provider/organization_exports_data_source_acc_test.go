package provider

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// several returns a fake API with the completed exports a to d, one per day, and
// the queued export e.
func several(t *testing.T) *rebillytest.API {
	t.Helper()
	api := rebillytest.NewFor(t)
	for day, id := range []string{"a", "b", "c", "d"} {
		api.Add("org_eu", rebillytest.Completed(id, rebillytest.Created.AddDate(0, 0, day)))
	}
	api.Add("org_eu", rebillytest.Queued("e", rebillytest.Created.AddDate(0, 0, 9)))

	return api
}

// The data source sends its arguments, and exports in the list have the attributes
// of the data source of one export.
func TestAccOrganizationExportsDataSource_arguments(t *testing.T) {
	t.Parallel()
	const address = "data.rebilly_organization_exports.test"
	api := several(t)
	url, opts := overTLS(t, api)
	opts.getenv = environment(map[string]string{organizationIDVariable: "org_eu"})
	newest := tfjsonpath.New("exports").AtSliceIndex(0)
	checks := append(expectSensitive(t, address, newest.AtMapKey("links").AtSliceIndex(2).AtMapKey("href")),
		statecheck.ExpectKnownOutputValue("ids", knownvalue.StringExact("d c")),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("total"), knownvalue.Int64Exact(4)))
	for _, attribute := range []string{"id", "user_id", "file_id", "status", "resources", "created_time", "updated_time", "retention_time"} {
		checks = append(checks, statecheck.CompareValuePairs(address, newest.AtMapKey(attribute), exportAddress, tfjsonpath.New(attribute), compare.ValuesSame()))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{{
			Config: providerBlock(url) + readExport("d") + `
data "rebilly_organization_exports" "test" {
  filter        = "status:completed"
  query         = "usr_"
  sort          = ["status", "-createdTime"]
  limit         = 2
  include_links = true
}

output "ids" {
  value = join(" ", data.rebilly_organization_exports.test.exports[*].id)
}
`,
			ConfigStateChecks: checks,
		}},
	})
	const sent = "filter=status%3Acompleted&limit=2&q=usr_&sort=status%2C-createdTime"
	if requests := api.Requests(); !slices.ContainsFunc(requests, func(request rebillytest.Request) bool { return request.Query == sent }) {
		t.Errorf("the requests were %v", requests)
	}
}
