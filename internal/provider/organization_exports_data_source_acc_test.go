package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const listAddress = "data.rebilly_organization_exports.test"

// listExports is a data source that finds exports.
func listExports(arguments string) string {
	return fmt.Sprintf(`
data "rebilly_organization_exports" "test" {
%s
}

output "ids" {
  value = join(" ", data.rebilly_organization_exports.test.exports[*].id)
}
`, arguments)
}

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

func TestAccOrganizationExportsDataSource_arguments(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arguments, ids string
		total          int64
		query          string
	}{
		"all":                         {``, "a b c d e", 5, "limit=1000"},
		"by filter":                   {`filter = "status:completed;createdTime:2026-03-15..2026-03-16T23:59:59Z"`, "b c", 2, "filter=status%3Acompleted%3BcreatedTime%3A2026-03-15..2026-03-16T23%3A59%3A59Z&limit=1000"},
		"by query":                    {`query = "nobody"`, "", 0, "limit=1000&q=nobody"},
		"sorted":                      {`sort = ["status", "-createdTime"]`, "d c b a e", 5, "limit=1000&sort=status%2C-createdTime"},
		"limited":                     {`limit = 2`, "a b", 5, "limit=2"},
		"the newest completed export": {"filter = \"status:completed\"\n sort = [\"-createdTime\"]\n limit = 1", "d", 4, "filter=status%3Acompleted&limit=1&sort=-createdTime"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := several(t)
			address, opts := overTLS(t, api)
			opts.getenv = environment(map[string]string{organizationIDVariable: "org_eu"})
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(opts),
				Steps: []resource.TestStep{{
					Config: providerBlock(address) + listExports(test.arguments),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownOutputValue("ids", knownvalue.StringExact(test.ids)),
						statecheck.ExpectKnownValue(listAddress, tfjsonpath.New("total"), knownvalue.Int64Exact(test.total)),
					},
				}},
			})
			if got := api.Requests()[0].Query; got != test.query {
				t.Errorf("the query was %s, want %s", got, test.query)
			}
		})
	}
}

func TestAccOrganizationExportsDataSource_sameAttributes(t *testing.T) {
	t.Parallel()
	address, opts := overTLS(t, rebillytest.NewFor(t))
	first := tfjsonpath.New("exports").AtSliceIndex(0)
	checks := expectSensitive(t, listAddress, first.AtMapKey("links").AtSliceIndex(2).AtMapKey("href"))
	for _, attribute := range []string{"id", "user_id", "file_id", "status", "resources", "created_time", "updated_time", "retention_time"} {
		checks = append(checks, statecheck.CompareValuePairs(listAddress, first.AtMapKey(attribute), exportAddress, tfjsonpath.New(attribute), compare.ValuesSame()))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(opts),
		Steps: []resource.TestStep{{
			Config:            providerBlock(address) + listExports("include_links = true") + readExport(exportID),
			ConfigStateChecks: checks,
		}},
	})
}
