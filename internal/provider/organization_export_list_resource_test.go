package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestListResource_results(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add("org_acme", rebillytest.Completed("org_exp_1", rebillytest.Created))
	api.Add("org_acme", rebillytest.Queued("org_exp_2", rebillytest.Created))
	results, diagnostics := configured(t, api, nil).list(query{
		config: values{"organization_id": "org_acme", "filter": "status:completed", "sort": stringList("-createdTime")}, limit: 10,
	})
	mustSucceed(t, diagnostics)
	if len(results) != 1 || results[0].name != "2026-03-14 completed org_exp_1" {
		t.Fatalf("got %+v", results)
	}
	if identity := results[0].identity; identity["id"] != "org_exp_1" || identity["organization_id"] != "org_acme" {
		t.Errorf("the identity is %v", identity)
	}
	sent := api.Requests()[0]
	if sent.Path != "/organizations/org_acme/organization-exports" || sent.Query != "filter=status%3Acompleted&limit=10&sort=-createdTime" {
		t.Errorf("got %s?%s", sent.Path, sent.Query)
	}
}

// A configuration that Terraform generates from a result must plan no changes
// after the import.
func TestListResource_resourceIsWhatAnImportReads(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, values{"organization_id": rebillytest.DefaultOrganization})
	results, diagnostics := terraform.list(query{limit: 10, includeResource: true})
	mustSucceed(t, diagnostics)
	export := terraform.manage()
	mustSucceed(t, export.importBy(exportID, nil))
	listed := terraform.attributes(export.schema, results[0].resource)
	for name, imported := range export.current() {
		if !imported.Equal(listed[name]) {
			t.Errorf("%s is listed as %s and imported as %s", name, listed[name], imported)
		}
	}
	plan := export.plan(values{"organization_id": rebillytest.DefaultOrganization, "wait_for_completion": true})
	mustSucceed(t, plan.diagnostics)
	for name, planned := range plan.attributes {
		if !planned.Equal(export.current()[name]) {
			t.Errorf("%s is planned as %s and was %s", name, planned, export.current()[name])
		}
	}
}

func TestListResource_readsThePagesThatTerraformNeeds(t *testing.T) {
	t.Parallel()
	api := rebillytest.New()
	for number := range 2001 {
		api.Add(rebillytest.DefaultOrganization, rebillytest.Queued(fmt.Sprintf("x%04d", number), rebillytest.Created))
	}
	terraform := configured(t, api, nil)
	count, warned := 0, false
	for result := range terraform.stream(query{limit: 5000}) {
		if result.identity == nil {
			warned = count == 0 && strings.Contains(messages(result.diagnostics), "2001 exports match")

			continue
		}
		if count++; count == 5 {
			break
		}
	}
	if !warned {
		t.Error("the warning does not come first")
	}
	if requests := len(api.Requests()); requests != 1 {
		t.Errorf("%d pages were read for 5 exports", requests)
	}
	results, _ := terraform.list(query{limit: 1500})
	if len(results) != 1500 || len(api.Requests()) != 3 {
		t.Errorf("got %d exports by %d requests", len(results), len(api.Requests())-1)
	}
}

func TestListResource_errors(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	mustFail(t, terraform.validateList(values{"organization_id": "a b"}), "organization_id", "Invalid Argument Value")
	if diagnostics := terraform.validateList(values{"sort": stringList("a b")}); !strings.Contains(messages(diagnostics), "is not a field name") {
		t.Errorf("got %s", messages(diagnostics))
	}
	_, diagnostics := terraform.list(query{config: values{"sort": stringList(nil)}, limit: 10})
	if !strings.Contains(messages(diagnostics), "the element is null") {
		t.Errorf("got %s", messages(diagnostics))
	}
	api.FailAlways(rebillytest.Problem(403, "Forbidden", ""))
	results, diagnostics := terraform.list(query{limit: 10})
	mustFail(t, diagnostics, "", "Permission Denied", "GetOrganizationExportCollection")
	if len(results) != 0 {
		t.Errorf("got %v", results)
	}
}
