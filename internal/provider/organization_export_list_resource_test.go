package provider

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// addExports adds exports to an organization: x0, x1, and so on.
func addExports(api *rebillytest.API, organization string, count int) {
	for i := range count {
		api.Add(organization, rebillytest.Queued("x"+strconv.Itoa(i), rebillytest.Created))
	}
}

func TestListResource_sendsItsArguments(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add("org_a", rebillytest.Completed("a", rebillytest.Created))
	results, diagnostics := configured(t, api, values{"organization_id": "org_other"}).list(query{config: values{
		"organization_id": "org_a", "filter": "status:completed", "query": "a", "sort": stringList("-createdTime", "id"),
	}, limit: 7})
	mustSucceed(t, diagnostics)
	if len(results) != 1 || results[0].name != "2026-03-14 completed a" || results[0].resource != nil {
		t.Errorf("got %+v", results)
	}
	if difference := cmp.Diff(map[string]any{"id": "a", "organization_id": "org_a"}, results[0].identity); difference != "" {
		t.Errorf("the identity differs (-want +got):\n%s", difference)
	}
	mustHaveSent(t, api, 0, "GET "+exportsPath("org_a"))
	sent, _ := url.ParseQuery(api.Requests()[0].Query)
	for name, want := range map[string]string{"filter": "status:completed", "q": "a", "sort": "-createdTime,id", "limit": "7"} {
		if got := sent.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestListResource_defaultOrganization(t *testing.T) {
	t.Parallel()
	for _, organization := range []string{"", "org_a"} {
		api := rebillytest.NewFor(t)
		addExports(api, "org_a", 1)
		results, diagnostics := configuredFor(t, api, organization).list(query{config: values{}})
		mustSucceed(t, diagnostics)
		mustHaveSent(t, api, 0, "GET "+exportsPath(organization))
		want := map[string]any{"id": "x0", "organization_id": "org_a"}
		if organization == "" {
			want = map[string]any{"id": exportID, "organization_id": nil}
		}
		if difference := cmp.Diff(want, results[0].identity); difference != "" {
			t.Errorf("the identity differs (-want +got):\n%s", difference)
		}
	}
}

func TestListResource_limit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		exports int
		limit   int64
		take    int
		results int
		pages   int
	}{
		"none":                        {0, 100, -1, 0, 1},
		"fewer than the limit":        {3, 100, -1, 3, 1},
		"more than the limit":         {300, 100, -1, 100, 1},
		"more than a page":            {1500, 1200, -1, 1200, 2},
		"without a limit":             {1500, 0, -1, 1500, 2},
		"consumer stops on page one":  {1500, 1500, 5, 5, 1},
		"consumer stops on page two":  {1500, 1500, 1001, 1001, 2},
		"consumer stops after page 1": {1500, 1500, 1000, 1000, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			addExports(api, "org_a", test.exports)
			results := 0
			for result := range configured(t, api, nil).stream(query{config: values{"organization_id": "org_a"}, limit: test.limit}) {
				mustSucceed(t, result.diagnostics)
				if results++; results == test.take {
					break
				}
			}
			if sent := len(api.Requests()); results != test.results || sent != test.pages {
				t.Errorf("got %d results of %d pages, want %d of %d", results, sent, test.results, test.pages)
			}
		})
	}
}

func TestListResource_warnsFirstIfNotAllAreReturned(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	addExports(api, "org_a", 2005)
	terraform := configured(t, api, nil)
	count := 0
	for result := range terraform.stream(query{config: values{"organization_id": "org_a"}, limit: 5000}) {
		if count == 0 {
			mustWarn(t, result.diagnostics, "filter", "Not All Matching Exports Returned", "2005 exports match")
		} else {
			mustSucceed(t, result.diagnostics)
		}
		count++
	}
	if count != 2001 {
		t.Errorf("got %d results", count)
	}
	// Terraform's limit is no reason for a warning.
	_, diagnostics := terraform.list(query{config: values{"organization_id": "org_a"}, limit: 100})
	mustSucceed(t, diagnostics)
}

func TestListResource_errorIsAResult(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	addExports(api, "org_a", 1500)
	count := 0
	for result := range configured(t, api, nil).stream(query{config: values{"organization_id": "org_a"}}) {
		if count++; count <= 1000 {
			mustSucceed(t, result.diagnostics)
			api.FailAlways(rebillytest.Problem(http.StatusForbidden, "Forbidden", ""))
		} else {
			mustFail(t, result.diagnostics, "", "Permission Denied", "Could not list exports", "Permission: GetOrganizationExportCollection", "org_a")
		}
	}
	if count != 1001 {
		t.Errorf("got %d results", count)
	}
}

// The resource of a result is what an import and a refresh return, and a
// configuration generated from it changes nothing.
func TestListResource_resourceIsWhatAnImportReturns(t *testing.T) {
	t.Parallel()
	for _, organization := range []string{"", "org_a"} {
		for _, status := range allStatuses {
			api := rebillytest.NewFor(t)
			terraform := configuredFor(t, api, organization)
			named := organization
			if named == "" {
				named = rebillytest.DefaultOrganization
				api.Remove(named, exportID)
			}
			api.Add(named, rebillytest.Queued("x", rebillytest.Created), rebillytest.Stage{Status: status})
			results, diagnostics := terraform.list(query{config: values{}, includeResource: true})
			mustSucceed(t, diagnostics)
			export := terraform.manage()
			identity := map[string]string{"id": "x"}
			if organization != "" {
				identity["organization_id"] = organization
			}
			mustSucceed(t, export.importBy("", identity))
			found := terraform.attributes(export.schema, results[0].resource)
			if difference := cmp.Diff(plainAll(t, export.current()), plainAll(t, found)); difference != "" {
				t.Errorf("%s: the resource differs from the imported one (-want +got):\n%s", status, difference)
			}
			if status != "completed" && status != "failed" && status != "expired" {
				continue
			}
			generated := values{}
			for _, attribute := range export.schema.Block.Attributes {
				if attribute.Optional {
					generated[attribute.Name] = found[attribute.Name]
				}
			}
			mustPlanNothing(t, export, export.plan(generated))
		}
	}
}

func TestListResource_invalidArguments(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	for name, config := range map[string]values{
		"organization_id": {"organization_id": "org/a"},
		"sort":            {"sort": stringList("id", nil)},
	} {
		if diagnostics := terraform.validateList(config); len(diagnostics) != 1 || !hasError(diagnostics) {
			t.Errorf("%s: %s", name, messages(diagnostics))
		}
	}
	if diagnostics := terraform.validateList(values{"sort": stringList("a,b")}); !hasError(diagnostics) {
		t.Error("a sort field with a comma is valid")
	}
	mustSucceed(t, terraform.validateList(values{"sort": stringList(unknown), "filter": unknown, "organization_id": unknown}))

	// Validation does not see what was unknown.
	_, diagnostics := terraform.list(query{config: values{"sort": stringList("a,b")}})
	if len(diagnostics) != 1 || !hasError(diagnostics) || len(api.Requests()) > 0 {
		t.Errorf("%d requests: %s", len(api.Requests()), messages(diagnostics))
	}
}
