package provider

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// organizationObjects are the objects that have an organization_id.
var organizationObjects = map[string]struct {
	use       func(protocol, values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic)
	validate  func(protocol, values) []*tfprotov6.Diagnostic
	arguments values
	// method and id are those of its request.
	method string
	id     []string
}{
	"resource": {
		use: func(terraform protocol, arguments values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
			return applying(arguments)(terraform)
		},
		validate: protocol.validateResource, arguments: values{"wait_for_completion": false}, method: "POST",
	},
	"data source of one export": {
		use: protocol.readWith, validate: protocol.validateExport, arguments: values{"id": "x"}, method: "GET", id: []string{"x"},
	},
	"data source of all exports": {
		use: protocol.readList, method: "GET",
		validate: func(p protocol, arguments values) []*tfprotov6.Diagnostic { return p.validateData(listType, arguments) },
	},
	"ephemeral resource": {
		use: protocol.openWith, validate: protocol.validateEphemeral, arguments: values{"id": "x"}, method: "GET", id: []string{"x"},
	},
}

func TestOrganization_precedence(t *testing.T) {
	t.Parallel()
	for source, test := range map[string]struct {
		configuration, provider any
		variable, want          string
	}{
		"configuration":        {configuration: "org_config", provider: "org_provider", variable: "org_variable", want: "org_config"},
		"provider":             {provider: "org_provider", variable: "org_variable", want: "org_provider"},
		"environment variable": {variable: "org_variable", want: "org_variable"},
		"credential":           {},
	} {
		for name, object := range organizationObjects {
			t.Run(name+" by "+source, func(t *testing.T) {
				t.Parallel()
				api := rebillytest.NewFor(t)
				for _, organization := range []string{"org_config", "org_provider", "org_variable", rebillytest.DefaultOrganization} {
					api.Add(organization, rebillytest.Completed("x", rebillytest.Created))
				}
				variables := map[string]string{organizationIDVariable: test.variable}
				terraform := configuredWith(t, inMemory(api, variables), values{"organization_id": test.provider})
				attributes, diagnostics := object.use(terraform, object.arguments.with(values{"organization_id": test.configuration}))
				mustSucceed(t, diagnostics)
				if got, _ := plain(t, attributes["organization_id"]).(string); got != test.want {
					t.Errorf("organization_id is %q, want %q", got, test.want)
				}
				mustHaveSent(t, api, 0, object.method+" "+exportsPath(test.want, object.id...))
			})
		}
	}
}

func TestOrganization_validated(t *testing.T) {
	t.Parallel()
	terraform := startProvider(t, inMemory(rebillytest.NewFor(t), nil))
	for name, object := range organizationObjects {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, invalid := range []string{"", "org/two", "org two", "..", "org_ä"} {
				mustFail(t, object.validate(terraform, object.arguments.with(values{"organization_id": invalid})), "organization_id", "organization_id is invalid")
			}
			mustSucceed(t, object.validate(terraform, object.arguments.with(values{"organization_id": unknown})))
			mustSucceed(t, object.validate(terraform, object.arguments.with(values{"organization_id": "org_one"})))
		})
	}
}

// validateEphemeral returns the diagnostics of terraform validate for an
// ephemeral resource rebilly_organization_export.
func (p protocol) validateEphemeral(arguments values) []*tfprotov6.Diagnostic {
	return must(p.server.ValidateEphemeralResourceConfig(p.ctx, &tfprotov6.ValidateEphemeralResourceConfigRequest{
		TypeName: objectType,
		Config:   p.object(p.schema.EphemeralResourceSchemas[objectType], arguments),
	})).Diagnostics
}

func TestOrganization_unknown(t *testing.T) {
	t.Parallel()
	everything := slices.Sorted(maps.Keys(mappedAttributes))
	everything = append(slices.DeleteFunc(everything, func(name string) bool { return name == "links" }), "organization_id")
	slices.Sort(everything)
	for name, test := range map[string]struct {
		// prior is the organization_id of the export in state.
		prior   any
		exists  bool
		unknown []string
	}{
		"creation of an export":                   {unknown: everything},
		"export of an organization":               {exists: true, prior: "org_a", unknown: []string{"organization_id"}},
		"export of the credential's organization": {exists: true, unknown: []string{"organization_id"}},
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
			mustReplace(t, plan)
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

// What happens if another organization becomes the provider's default, or none.
func TestOrganization_stateKeepsIt(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configuredFor(t, api, "org_a").manage()
	mustSucceed(t, export.apply(nil))
	id := export.id()
	for _, organization := range []string{"", "org_b"} {
		export = export.restart(configuredFor(t, api, organization))
		before := len(api.Requests())
		mustSucceed(t, export.refresh())
		mustHaveSent(t, api, before, "GET "+exportsPath("org_a", id))
		export.identityIs(id, "org_a")
		if organization == "" {
			mustPlanNothing(t, export, export.plan(nil))
			mustSucceed(t, export.apply(values{"timeouts": values{"create": "1h"}}))
			export.identityIs(id, "org_a")
		}
	}

	plan := export.plan(nil)
	mustSucceed(t, plan.diagnostics)
	mustReplace(t, plan, "organization_id")
	before := len(api.Requests())
	mustSucceed(t, export.apply(nil))
	if got, want := sentSince(api, before), "POST "+exportsPath("org_b"); len(got) == 0 || got[0] != want {
		t.Errorf("the requests are %q, want %q first", got, want)
	}
	export.identityIs(export.id(), "org_b")
}

// Without an organization_id, the replacement would belong to the credential's default
// organization.
func TestOrganization_replacementNeedsOne(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configuredFor(t, api, "org_a").manage()
	mustSucceed(t, export.apply(nil))
	export = export.restart(configuredFor(t, api, ""))
	// Nothing needs another export but -replace, of which the provider knows nothing.
	for _, arguments := range []values{nil, {"triggers": triggers("1")}} {
		plan := export.plan(arguments)
		mustSucceed(t, plan.diagnostics)
		again := export.planFrom(export.nothing(), plan.response.PlannedPrivate, nil, arguments)
		mustFail(t, again.diagnostics, "", "Organization Not Set", "org_a")
	}
}

func TestOrganization_changedReplaces(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configuredFor(t, api, "org_default").manage()
	mustSucceed(t, export.apply(values{"organization_id": "org_a"}))
	// Without its own organization, the export would get the provider's.
	for argument, want := range map[any]string{"org_b": "org_b", nil: "org_default"} {
		plan := export.plan(values{"organization_id": argument})
		mustReplace(t, plan, "organization_id")
		if got := plain(t, plan.attributes["organization_id"]); got != want {
			t.Errorf("the planned organization is %v, want %s", got, want)
		}
	}
	// The same organization from another source changes nothing.
	mustPlanNothing(t, export, export.restart(configuredFor(t, api, "org_a")).plan(nil))
}

func TestOrganization_namedLater(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variable string
		argument any
	}{"in the configuration": {argument: "org_late"}, "as the provider's default": {variable: "org_late"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := configuredFor(t, api, "").manage()
			mustSucceed(t, export.apply(nil))
			want, id := plainAll(t, export.current()), export.id()
			// What the export shows there is not what is in state.
			api.Add("org_late", rebillytest.Completed(id, rebillytest.Created))

			export = export.restart(configuredFor(t, api, test.variable))
			arguments := values{"organization_id": test.argument}
			plan := export.plan(arguments)
			mustSucceed(t, plan.diagnostics)
			mustReplace(t, plan)
			export.mustIdentify(plan.response.PlannedIdentity, id, "org_late")
			before := len(api.Requests())
			mustSucceed(t, export.apply(arguments))
			mustHaveSent(t, api, before, "GET "+exportsPath("org_late", id))
			want["organization_id"] = "org_late"
			for what, got := range map[string]map[string]tftypes.Value{"plan": plan.attributes, "apply": export.current()} {
				mustEqual(t, what, want, plainAll(t, got))
			}
			mustPlanNothing(t, export, export.plan(arguments))
		})
	}
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
			mustSucceed(t, export.refresh())
			get := "GET " + exportsPath("org_a", export.id())
			mustHaveSent(t, api, 0, "POST "+exportsPath("org_a"), get, get, get, get)
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
	export.identityIs(export.id(), "org_a")
}
