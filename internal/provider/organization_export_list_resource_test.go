package provider

import (
	"context"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestLists_sendTheirArguments(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add("org_acme", rebillytest.Completed("org_exp_1", rebillytest.Created))
	api.Add("org_acme", rebillytest.Queued("org_exp_2", rebillytest.Created))
	arguments := values{
		"organization_id": "org_acme", "filter": "status:completed", "query": "exp", "sort": stringList("-createdTime", "id"),
	}
	terraform := configured(t, api, nil)
	results, diagnostics := terraform.list(query{config: arguments, limit: 10})
	mustSucceed(t, diagnostics)
	if len(results) != 1 || results[0].name != "2026-03-14T09:26:53Z completed" {
		t.Fatalf("got %+v", results)
	}
	mustEqual(t, "the identity", map[string]any{"id": "org_exp_1", "organization_id": "org_acme"}, results[0].identity)
	attributes, diagnostics := terraform.readList(arguments.with(values{"limit": 10}))
	mustSucceed(t, diagnostics)
	mustEqual(t, "the list", []any{"org_exp_1"}, exportIDs(t, attributes))
	mustHave(t, attributes, map[string]any{"total": "1"})
	for _, sent := range api.Requests() {
		mustEqual(t, "the request", "/organizations/org_acme/organization-exports?filter=status%3Acompleted&limit=10&q=exp&sort=-createdTime%2Cid", sent.Path+"?"+sent.Query)
	}
}

// A configuration that Terraform generates from a result, and the import by its
// identity, must plan no changes.
func TestListResource_resourceIsWhatAnImportReads(t *testing.T) {
	t.Parallel()
	for _, organization := range []any{nil, rebillytest.DefaultOrganization} {
		terraform := configured(t, rebillytest.NewFor(t), values{"organization_id": organization})
		results, diagnostics := terraform.list(query{limit: 10, includeResource: true})
		mustSucceed(t, diagnostics)
		export := terraform.manage()
		identity := map[string]string{}
		for name, value := range results[0].identity {
			if text, ok := value.(string); ok {
				identity[name] = text
			}
		}
		mustSucceed(t, export.importBy("", identity))
		listed := terraform.attributes(export.schema, results[0].resource)
		mustEqual(t, "the resource", plainAll(t, export.current()), plainAll(t, listed))
		generated := values{}
		for name, value := range listed {
			// A configuration has the arguments alone.
			if slices.ContainsFunc(export.schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name && a.Optional }) {
				generated[name] = value
			}
		}
		mustPlanNothing(t, export, export.plan(generated))
	}
}

func TestListResource_readsThePagesThatTerraformNeeds(t *testing.T) {
	t.Parallel()
	api := manyExports()
	terraform := configured(t, api, nil)
	var received []listed
	for result := range terraform.stream(query{limit: 5000}) {
		if received = append(received, result); len(received) == 6 {
			break
		}
	}
	mustWarn(t, received[0].diagnostics, "filter", "Not All Matching Exports Returned", "2001")
	if requests := len(api.Requests()); requests != 1 || received[1].identity == nil {
		t.Errorf("%d pages were read for 5 exports", requests)
	}
	results, diagnostics := terraform.list(query{limit: 5000})
	mustWarn(t, diagnostics, "filter", "Not All Matching Exports Returned")
	if len(results) != 2000 || len(api.Requests()) != 3 {
		t.Errorf("got %d exports by %d requests", len(results), len(api.Requests())-1)
	}
	results, diagnostics = terraform.list(query{limit: 1500})
	mustSucceed(t, diagnostics)
	if len(results) != 1500 || len(api.Requests()) != 5 {
		t.Errorf("got %d exports by %d requests", len(results), len(api.Requests())-3)
	}
}

func TestListResource_endsWithTheProcess(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	opts := inMemory(api, nil)
	var interrupt context.CancelFunc
	opts.interrupted, interrupt = context.WithCancel(t.Context())
	interrupt()
	results, diagnostics := configuredWith(t, opts, nil).list(query{limit: 10})
	mustFail(t, diagnostics, "", "Interrupted")
	mustHaveSent(t, api, 0)
	if len(results) != 0 {
		t.Errorf("got %v", results)
	}
}
