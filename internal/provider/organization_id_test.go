package provider

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestOrganization_precedence(t *testing.T) {
	t.Parallel()
	sources := map[string]struct {
		configuration, provider any
		variable, want          string
	}{
		"configuration":        {"org_config", "org_provider", "org_variable", "org_config"},
		"provider":             {nil, "org_provider", "org_variable", "org_provider"},
		"environment variable": {nil, nil, "org_variable", "org_variable"},
		"credential":           {nil, nil, "", ""},
	}
	type result struct {
		attributes  map[string]tftypes.Value
		diagnostics []*tfprotov6.Diagnostic
	}
	objects := map[string]struct {
		use    func(protocol, any) result
		method string
		id     []string
	}{
		"resource": {func(terraform protocol, organization any) result {
			export := terraform.manage()
			arguments := values{"organization_id": organization, "wait_for_completion": false}
			planned := export.plan(arguments).attributes["organization_id"]
			diagnostics := export.apply(arguments)
			if got := export.current()["organization_id"]; !got.Equal(planned) {
				t.Errorf("the plan shows the organization %s and not %s", planned, got)
			}

			return result{export.current(), diagnostics}
		}, http.MethodPost, nil},
		"data source of one export": {func(terraform protocol, organization any) result {
			attributes, diagnostics := terraform.readWith(values{"id": "x", "organization_id": organization})

			return result{attributes, diagnostics}
		}, http.MethodGet, []string{"x"}},
		"data source of all exports": {func(terraform protocol, organization any) result {
			attributes, diagnostics := terraform.readList(values{"organization_id": organization})

			return result{attributes, diagnostics}
		}, http.MethodGet, nil},
		"ephemeral resource": {func(terraform protocol, organization any) result {
			attributes, diagnostics := terraform.openWith(values{"id": "x", "organization_id": organization})

			return result{attributes, diagnostics}
		}, http.MethodGet, []string{"x"}},
	}
	for source, setting := range sources {
		for name, object := range objects {
			t.Run(name+" by "+source, func(t *testing.T) {
				t.Parallel()
				api := rebillytest.NewFor(t)
				for _, organization := range []string{"org_config", "org_provider", "org_variable", rebillytest.DefaultOrganization} {
					api.Add(organization, rebillytest.Completed("x", rebillytest.Created))
				}
				terraform := startProvider(t, inMemory(api, map[string]string{organizationIDVariable: setting.variable}))
				mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey, "organization_id": setting.provider}))

				got := object.use(terraform, setting.configuration)
				mustSucceed(t, got.diagnostics)
				var want any
				if setting.want != "" {
					want = setting.want
				}
				if organization := plain(t, got.attributes["organization_id"]); organization != want {
					t.Errorf("organization_id is %v, want %v", organization, want)
				}
				mustHaveSent(t, api, 0, object.method+" "+exportsPath(setting.want, object.id...))
			})
		}
	}
}

func TestOrganization_validated(t *testing.T) {
	t.Parallel()
	terraform := startProvider(t, inMemory(rebillytest.NewFor(t), nil))
	objects := map[string]func(values) []*tfprotov6.Diagnostic{
		"resource":                   terraform.validateResource,
		"data source of one export":  terraform.validateExport,
		"data source of all exports": func(arguments values) []*tfprotov6.Diagnostic { return terraform.validateData(listType, arguments) },
		"ephemeral resource":         terraform.validateEphemeral,
	}
	for name, validate := range objects {
		for _, invalid := range []string{"", "org/two", "org two", "..", "org_ä"} {
			t.Run(name+" with "+invalid, func(t *testing.T) {
				t.Parallel()
				mustFail(t, validate(argumentsOf(name, invalid)), "organization_id", "The value of organization_id is invalid")
			})
		}
		mustSucceed(t, validate(argumentsOf(name, unknown)))
		mustSucceed(t, validate(argumentsOf(name, "org_one")))
	}
}

// argumentsOf returns arguments of an object with the given organization.
func argumentsOf(object string, organization any) values {
	arguments := values{"organization_id": organization}
	if object == "data source of one export" || object == "ephemeral resource" {
		arguments["id"] = "x"
	}

	return arguments
}

// validateEphemeral returns the diagnostics of terraform validate for an
// ephemeral resource rebilly_organization_export.
func (p protocol) validateEphemeral(arguments values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	response, err := p.server.ValidateEphemeralResourceConfig(p.ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{
		TypeName: objectType,
		Config:   p.object(p.schema.EphemeralResourceSchemas[objectType], arguments),
	})
	if err != nil {
		p.t.Fatal(err)
	}

	return response.Diagnostics
}

func TestOrganization_unknown(t *testing.T) {
	t.Parallel()
	everything := []string{"organization_id"}
	for name := range mappedAttributes {
		if name != "links" {
			everything = append(everything, name)
		}
	}
	slices.Sort(everything)
	for name, test := range map[string]struct {
		prior    any
		exists   bool
		replaces []string
		unknown  []string
	}{
		"creation of an export":                   {nil, false, nil, everything},
		"export of an organization":               {"org_a", true, nil, []string{"organization_id"}},
		"export of the credential's organization": {nil, true, nil, []string{"organization_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The provider's default must not replace what is not known yet.
			export := configured(t, rebillytest.NewFor(t), nil).manage()
			if test.exists {
				mustSucceed(t, export.apply(values{"organization_id": test.prior}))
			}
			plan := export.restart(configuredFor(t, rebillytest.NewFor(t), "org_default")).plan(values{"organization_id": unknown})
			mustSucceed(t, plan.diagnostics)
			mustReplace(t, plan, test.replaces...)
			if got := plan.unknowns(); !slices.Equal(got, test.unknown) {
				t.Errorf("unknown are %q, want %q", got, test.unknown)
			}
			// Terraform refuses a planned identity that is not fully known.
			if identity := plan.response.PlannedIdentity; identity != nil && test.exists {
				if value, err := identity.IdentityData.Unmarshal(identityType); err != nil || !value.IsFullyKnown() {
					t.Errorf("the planned identity is %s (%v)", value, err)
				}
			}
		})
	}
}

// What happens if another organization becomes the provider's default.
func TestOrganization_stateKeepsIt(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configuredFor(t, api, "org_a").manage()
	mustSucceed(t, export.apply(nil))
	id := export.text("id")
	export.identityIs(id, "org_a")

	export = export.restart(configuredFor(t, api, "org_b"))
	before := len(api.Requests())
	mustSucceed(t, export.refresh())
	mustHaveSent(t, api, before, "GET "+exportsPath("org_a", id))
	if got := export.text("organization_id"); got != "org_a" {
		t.Errorf("the refreshed organization is %s", got)
	}
	export.identityIs(id, "org_a")

	plan := export.plan(nil)
	mustSucceed(t, plan.diagnostics)
	mustReplace(t, plan, "organization_id")
	if got := plain(t, plan.attributes["organization_id"]); got != "org_b" {
		t.Errorf("the planned organization is %v", got)
	}

	before = len(api.Requests())
	mustSucceed(t, export.apply(nil))
	if got, want := sentSince(api, before), "POST "+exportsPath("org_b"); len(got) == 0 || got[0] != want {
		t.Errorf("the requests are %q, want %q first", got, want)
	}
	export.identityIs(export.text("id"), "org_b")
}

func TestOrganization_changedReplaces(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configuredFor(t, api, "org_default").manage()
	mustSucceed(t, export.apply(values{"organization_id": "org_a"}))

	plan := export.plan(values{"organization_id": "org_b"})
	mustReplace(t, plan, "organization_id")
	// Without its own organization, the export would get the provider's.
	plan = export.plan(nil)
	mustReplace(t, plan, "organization_id")
	if got := plain(t, plan.attributes["organization_id"]); got != "org_default" {
		t.Errorf("the planned organization is %v", got)
	}
	// The same organization from another source is no change.
	mustPlanNothing(t, export, export.restart(configuredFor(t, api, "org_a")).plan(nil))
}

func TestOrganization_namedLater(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variable string
		argument any
	}{"in the configuration": {"", "org_late"}, "as the provider's default": {"org_late", nil}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := configuredFor(t, api, "").manage()
			mustSucceed(t, export.apply(nil))
			prior, id := plainAll(t, export.current()), export.text("id")
			export.identityIs(id, nil)
			// What the export shows there is not what is in state.
			api.Add("org_late", rebillytest.Completed(id, rebillytest.Created))

			export = export.restart(configuredFor(t, api, test.variable))
			arguments := values{"organization_id": test.argument}
			plan := export.plan(arguments)
			mustSucceed(t, plan.diagnostics)
			mustReplace(t, plan)
			prior["organization_id"] = "org_late"
			if difference := cmp.Diff(prior, plainAll(t, plan.attributes)); difference != "" {
				t.Errorf("the plan changes more than organization_id (-want +got):\n%s", difference)
			}
			export.mustIdentify(plan.response.PlannedIdentity, id, "org_late")

			before := len(api.Requests())
			mustSucceed(t, export.apply(arguments))
			mustHaveSent(t, api, before, "GET "+exportsPath("org_late", id))
			if difference := cmp.Diff(prior, plainAll(t, export.current())); difference != "" {
				t.Errorf("the apply changes more than organization_id (-want +got):\n%s", difference)
			}
			export.identityIs(id, "org_late")
			mustPlanNothing(t, export, export.plan(arguments))
		})
	}
}

func TestOrganization_namedLaterWithoutTheExport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault rebillytest.Fault
		want  []string
	}{
		"not found":         {rebillytest.Problem(404, "Not Found", "No such export."), []string{"Export Not Found", "Organization: org_late", "-replace"}},
		"404 of a gateway":  {rebillytest.NotFoundHTML(), []string{"Unexpected Response", "Organization: org_late"}},
		"permission denied": {rebillytest.Problem(403, "Forbidden", "No."), []string{"Permission Denied", "Organization: org_late"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := configured(t, api, nil).manage()
			mustSucceed(t, export.apply(nil))
			prior, id := maps.Clone(export.current()), export.text("id")

			before := len(api.Requests())
			api.Fail(test.fault)
			mustFail(t, export.apply(values{"organization_id": "org_late"}), "", append(test.want, "stays in state")...)
			mustHaveSent(t, api, before, "GET "+exportsPath("org_late", id))
			for attribute, want := range prior {
				if got := export.current()[attribute]; !got.Equal(want) {
					t.Errorf("%s was %s and is %s", attribute, want, got)
				}
			}
			export.identityIs(id, nil)
		})
	}
}

func TestOrganization_namedNowhere(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configuredFor(t, api, "org_a").manage()
	mustSucceed(t, export.apply(nil))
	id := export.text("id")

	export = export.restart(configuredFor(t, api, ""))
	before := len(api.Requests())
	mustSucceed(t, export.refresh())
	mustHaveSent(t, api, before, "GET "+exportsPath("org_a", id))
	mustPlanNothing(t, export, export.plan(nil))
	mustSucceed(t, export.apply(values{"timeouts": values{"create": "1h"}}))
	if got := export.text("organization_id"); got != "org_a" {
		t.Errorf("the organization is %s", got)
	}
	export.identityIs(id, "org_a")
}

// Every call about an export is for its organization: the request, the read
// after a response that cannot be used, and the polls.
func TestOrganization_everyCall(t *testing.T) {
	t.Parallel()
	for name, unusable := range map[string]bool{"usable response": false, "unusable response": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			if unusable {
				api.Fail(rebillytest.CutBodyAfterActing(api))
			}
			export := configuredFor(t, api, "org_default").manage()
			mustSucceed(t, export.apply(values{"organization_id": "org_a"}))
			id := export.text("id")
			mustSucceed(t, export.refresh())
			want := append([]string{"POST " + exportsPath("org_a")}, slices.Repeat([]string{"GET " + exportsPath("org_a", id)}, 4)...)
			mustHaveSent(t, api, 0, want...)
		})
	}
}

// A state of Terraform before 1.12 has no identity.
func TestOrganization_refreshAddsTheIdentity(t *testing.T) {
	t.Parallel()
	export := configuredFor(t, rebillytest.NewFor(t), "org_a").manage()
	mustSucceed(t, export.apply(nil))
	export.identity = nil
	mustSucceed(t, export.refresh())
	export.identityIs(export.text("id"), "org_a")
}
