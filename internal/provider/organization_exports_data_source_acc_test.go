package provider

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

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

// several returns a fake API with the completed exports a to d, one a day, and
// the export e, which is queued.
func several(t *testing.T) *rebillytest.API {
	t.Helper()
	api := rebillytest.NewFor(t)
	for day, id := range []string{"a", "b", "c", "d"} {
		api.Add("org_eu", rebillytest.Completed(id, rebillytest.Created.AddDate(0, 0, day)))
	}
	api.Add("org_eu", rebillytest.Queued("e", rebillytest.Created.AddDate(0, 0, 9)))

	return api
}

func TestAccExportsAreFoundSortedAndLimited(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arguments, ids string
		total          int64
		query          string
	}{
		"all":                         {``, "a b c d e", 5, "limit=1000"},
		"by filter":                   {`filter = "status:completed;createdTime:2026-03-15..2026-03-16T23:59:59Z"`, "b c", 2, "filter=status%3Acompleted%3BcreatedTime%3A2026-03-15..2026-03-16T23%3A59%3A59Z&limit=1000"},
		"by query":                    {`query = "nobody"`, "", 0, "limit=1000&q=nobody"},
		"in another order":            {`sort = ["status", "-createdTime"]`, "d c b a e", 5, "limit=1000&sort=status%2C-createdTime"},
		"a few":                       {`limit = 2`, "a b", 5, "limit=2"},
		"the newest completed export": {"filter = \"status:completed\"\n sort = [\"-createdTime\"]\n limit = 1", "d", 4, "filter=status%3Acompleted&limit=1&sort=-createdTime"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := several(t)
			address, world := overTLS(t, api)
			world.getenv = environment(map[string]string{organizationIDVariable: "org_eu"})
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(world),
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

func TestAccAFoundExportHasTheAttributesOfOneThatIsRead(t *testing.T) {
	t.Parallel()
	address, world := overTLS(t, rebillytest.NewFor(t))
	first := tfjsonpath.New("exports").AtSliceIndex(0)
	checks := expectSensitive(t, listAddress, first.AtMapKey("links").AtSliceIndex(2).AtMapKey("href"))
	for _, attribute := range []string{"id", "user_id", "file_id", "status", "resources", "created_time", "updated_time", "retention_time"} {
		checks = append(checks, statecheck.CompareValuePairs(listAddress, first.AtMapKey(attribute), exportAddress, tfjsonpath.New(attribute), compare.ValuesSame()))
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories(world),
		Steps: []resource.TestStep{{
			Config:            providerBlock(address) + listExports("include_links = true") + readExport(exportID),
			ConfigStateChecks: checks,
		}},
	})
}

func TestNoLinkIsListedUnlessItIsAskedFor(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	for _, test := range []struct {
		arguments values
		listed    bool
	}{{values{}, false}, {values{"include_links": false}, false}, {values{"include_links": true}, true}} {
		attributes, diagnostics := terraform.readList(test.arguments)
		mustSucceed(t, diagnostics)
		if listed := strings.Contains(fmt.Sprint(plain(t, attributes["exports"])), rebillytest.SignedLinkSecret); listed != test.listed {
			t.Errorf("%v: the signed link is listed: %t", test.arguments, listed)
		}
	}
}

func TestACollectionThatMovesBetweenPagesHasEveryExportOnce(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for i := range 1200 {
		api.Add("org_eu", rebillytest.Queued("x"+strconv.Itoa(i), rebillytest.Created.Add(time.Duration(i)*time.Minute)))
	}
	newest := 1200
	// A new export comes first in the order asked for, and pushes another one
	// from the first page to the second.
	moving := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("offset") == "1000" {
			api.Add("org_eu", rebillytest.Queued("x"+strconv.Itoa(newest), rebillytest.Created.Add(time.Duration(newest)*time.Minute)))
			newest++
		}
		api.ServeHTTP(w, r)
	})
	terraform := configured(t, moving, values{"organization_id": "org_eu"})
	attributes, diagnostics := terraform.readList(values{"sort": []string{"-createdTime"}})
	mustSucceed(t, diagnostics)
	ids := map[any]bool{}
	exports, _ := plain(t, attributes["exports"]).([]any)
	for _, export := range exports {
		object, _ := export.(map[string]any)
		if ids[object["id"]] {
			t.Errorf("%v is there twice", object["id"])
		}
		ids[object["id"]] = true
	}
	if len(exports) != 1200 || plain(t, attributes["total"]) != "1201" {
		t.Errorf("got %d exports of %v", len(exports), plain(t, attributes["total"]))
	}
}

func TestExportsThatCannotBeReachedAreAWarningWithNumbers(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	for i := range 2005 {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x"+strconv.Itoa(i), rebillytest.Created))
	}
	terraform := configured(t, api, nil)
	attributes, diagnostics := terraform.readList(nil)
	if len(diagnostics) != 1 || diagnostics[0].Severity.String() != "WARNING" {
		t.Fatalf("got %s", messages(diagnostics))
	}
	// The fake has one more export from its beginning.
	for _, want := range []string{"There are 2006 exports", "2000 of them were read", "filter", "createdTime:"} {
		if !wrapped(want).MatchString(messages(diagnostics)) {
			t.Errorf("the warning lacks %q: %s", want, messages(diagnostics))
		}
	}
	if exports, _ := plain(t, attributes["exports"]).([]any); len(exports) != 2000 {
		t.Errorf("got %d exports", len(exports))
	}
}

func TestAListThatCannotBeReadSaysWhatCameAndWhatToDo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault rebillytest.Fault
		want  []string
	}{
		"401": {rebillytest.Problem(401, "Unauthorized", ""), []string{"the attribute api_key"}},
		"403": {rebillytest.Problem(403, "Forbidden", ""), []string{"permission to read the exports of the credential's default organization"}},
		"404": {rebillytest.Problem(404, "Not Found", ""), []string{"Status: 404"}},
		"422": {rebillytest.Answer(422, "application/json", `{"title":"Invalid","invalidFields":[{"field":"filter","message":"unknown field"}]}`), []string{"Invalid field filter: unknown field"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(test.fault)
			_, diagnostics := configured(t, api, nil).readList(nil)
			mustFail(t, diagnostics, "", append(test.want, "Unable to List Organization Exports", "A list of the exports")...)
		})
	}
}

func TestAccArgumentsOfAListMustMakeSense(t *testing.T) {
	t.Parallel()
	address, world := overTLS(t, rebillytest.NewFor(t))
	for arguments, want := range map[string]string{
		`limit = 0`:                 "must be at least 1",
		`sort = ["createdTime,id"]`: `"createdTime,id" names no field`,
		`sort = [""]`:               `"" names no field`,
		`sort = ["created time"]`:   `"created time" names no field`,
	} {
		t.Run(arguments, func(t *testing.T) {
			t.Parallel()
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factories(world),
				Steps:                    []resource.TestStep{{Config: providerBlock(address) + listExports(arguments), ExpectError: wrapped(want)}},
			})
		})
	}
}
