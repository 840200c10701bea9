package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestListResource_results(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add("org_acme", rebillytest.Completed("org_exp_1", rebillytest.Created))
	api.Add("org_acme", rebillytest.Queued("org_exp_2", rebillytest.Created))
	results, diagnostics := configured(t, api, nil).list(query{
		config: values{"organization_id": "org_acme", "filter": "status:completed", "query": "exp", "sort": stringList("-createdTime", "id")}, limit: 10,
	})
	mustSucceed(t, diagnostics)
	if len(results) != 1 || results[0].name != "2026-03-14T09:26:53Z completed" {
		t.Fatalf("got %+v", results)
	}
	if identity := results[0].identity; identity["id"] != "org_exp_1" || identity["organization_id"] != "org_acme" {
		t.Errorf("the identity is %v", identity)
	}
	sent := api.Requests()[0]
	if sent.Path != "/organizations/org_acme/organization-exports" || sent.Query != "filter=status%3Acompleted&limit=10&q=exp&sort=-createdTime%2Cid" {
		t.Errorf("got %s?%s", sent.Path, sent.Query)
	}
}

// The organization is that of the configuration, or the provider's, or null for
// the credential's.
func TestListResource_organization(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		provider, config values
		path             string
		identity         any
	}{
		"none":            {nil, nil, "/organization-exports", nil},
		"provider's":      {values{"organization_id": "org_acme"}, nil, "/organizations/org_acme/organization-exports", "org_acme"},
		"configuration's": {values{"organization_id": "org_acme"}, values{"organization_id": "org_eu"}, "/organizations/org_eu/organization-exports", "org_eu"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			for _, organization := range []string{"org_acme", "org_eu"} {
				api.Add(organization, rebillytest.Completed(exportID, rebillytest.Created))
			}
			results, diagnostics := configured(t, api, test.provider).list(query{config: test.config, limit: 10})
			mustSucceed(t, diagnostics)
			if len(results) != 1 || results[0].identity["organization_id"] != test.identity || results[0].resource != nil {
				t.Errorf("got %+v", results)
			}
			mustHaveSent(t, api, 0, "GET "+test.path)
		})
	}
}

func TestListResource_displayNameWithoutATime(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.JSON(`[{"id":"x","status":"archived"},{"id":"y","status":"queued","createdTime":"2026-03-14T23:59:59-11:00"}]`))
	results, diagnostics := configured(t, api, nil).list(query{limit: 10})
	mustSucceed(t, diagnostics)
	if len(results) != 2 || results[0].name != "archived" || results[1].name != "2026-03-14T23:59:59-11:00 queued" {
		t.Errorf("got %+v", results)
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
		generated := values{}
		for name, imported := range export.current() {
			if !imported.Equal(listed[name]) {
				t.Errorf("%s is listed as %s and imported as %s", name, listed[name], imported)
			}
			if isArgument(export.schema, name) {
				generated[name] = listed[name]
			}
		}
		mustPlanNothing(t, export, export.plan(generated))
	}
}

// isArgument reports whether a configuration can set an attribute.
func isArgument(schema *tfprotov6.Schema, name string) bool {
	return slices.ContainsFunc(schema.Block.Attributes, func(attribute *tfprotov6.SchemaAttribute) bool {
		return attribute.Name == name && (attribute.Optional || attribute.Required)
	})
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

func TestListResource_errors(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	mustFail(t, terraform.validateList(values{"organization_id": "a b"}), "organization_id", "Invalid Argument Value")
	if diagnostics := terraform.validateList(values{"sort": stringList("a b")}); !strings.Contains(messages(diagnostics), "is not a field name") {
		t.Errorf("got %s", messages(diagnostics))
	}
	if diagnostics := terraform.validateList(values{"sort": stringList("status", nil)}); !strings.Contains(messages(diagnostics), "contains a null value") {
		t.Errorf("got %s", messages(diagnostics))
	}
	// Validation did not see an element that was not known.
	results, diagnostics := terraform.list(query{config: values{"sort": stringList("a b")}, limit: 10})
	if !strings.Contains(messages(diagnostics), `The value of sort[0] is invalid: "a b" is not a field name`) {
		t.Errorf("got %s", messages(diagnostics))
	}
	if len(results) != 0 || len(api.Requests()) != 0 {
		t.Errorf("got %v by %d requests", results, len(api.Requests()))
	}
	api.FailAlways(rebillytest.Problem(403, "Forbidden", ""))
	results, diagnostics = terraform.list(query{limit: 10})
	mustFail(t, diagnostics, "", "Permission Denied", "GetOrganizationExportCollection")
	if len(results) != 0 {
		t.Errorf("got %v", results)
	}
}

func TestListResource_endsWithTheProcess(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	opts := inMemory(api, nil)
	var interrupt context.CancelFunc
	opts.interrupted, interrupt = context.WithCancel(t.Context())
	terraform := startProvider(t, opts)
	mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey}))
	interrupt()
	results, diagnostics := terraform.list(query{limit: 10})
	mustFail(t, diagnostics, "", "Interrupted", "Terraform was interrupted")
	if len(results) != 0 || len(api.Requests()) != 0 {
		t.Errorf("got %v by %d requests", results, len(api.Requests()))
	}
}
