package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// mustImport returns the imported export exportID of the default organization.
func mustImport(t *testing.T, api *rebillytest.API) *managed {
	t.Helper()
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.importBy(exportID, nil))

	return export
}

func TestImport_organization(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		id             string
		identity       map[string]string
		provider, want any
	}{
		"ID":                                  {id: exportID},
		"ID, provider's organization":         {id: exportID, provider: "org_a", want: "org_a"},
		"ORGANIZATION/ID":                     {id: "org_b/" + exportID, want: "org_b"},
		"ORGANIZATION/ID over the provider's": {id: "org_b/" + exportID, provider: "org_a", want: "org_b"},
		"identity":                            {identity: map[string]string{"id": exportID}},
		"identity, provider's organization":   {identity: map[string]string{"id": exportID}, provider: "org_a", want: "org_a"},
		"identity with organization":          {identity: map[string]string{"id": exportID, "organization_id": "org_b"}, provider: "org_a", want: "org_b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			for _, organization := range []string{"org_a", "org_b"} {
				api.Add(organization, rebillytest.Completed(exportID, rebillytest.Created))
			}
			export := configured(t, api, values{"organization_id": test.provider}).manage()
			mustSucceed(t, export.importBy(test.id, test.identity))
			organization, _ := test.want.(string)
			mustHaveSent(t, api, 0, "GET "+exportsPath(organization, exportID))
			export.identityIs(exportID, test.want)
			mustHave(t, export.current(), map[string]any{
				"organization_id": test.want, "id": exportID, "include_files": nil, "triggers": nil, "wait_for_completion": true, "status": "completed",
			})
			// It is managed as it is, without any other argument.
			arguments := values{"organization_id": test.want}
			mustPlanNothing(t, export, export.plan(arguments))
			mustSucceed(t, export.refresh())
			mustPlanNothing(t, export, export.plan(arguments))
			if test.provider == nil || test.provider == test.want {
				mustPlanNothing(t, export, export.plan(nil))
			}
		})
	}
}

func TestImport_validated(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 51)
	for _, id := range []string{
		"", "a/b/c", "bad id!", "/x", "x/", "/", "..", "../x", "x/..", "x\n", long, long + "/x", "org_a/" + long,
		"https://api.rebilly.com/organization-exports/x", "/organizations/org_a/organization-exports/x", "id=x", "org_a:x", "org_exp_1/org_a",
	} {
		mustRefuseImport(t, id, nil)
	}
	for _, identity := range []map[string]string{
		{},
		{"id": ""},
		{"id": "org_a/x"},
		{"id": "https://api.rebilly.com/organization-exports/x"},
		{"id": long},
		{"organization_id": "org_a"},
		{"id": "x", "organization_id": ""},
		{"id": "x", "organization_id": "org_a/x"},
		{"id": "", "organization_id": "bad id!"},
		{"id": "org_a", "organization_id": "org_exp_1"},
	} {
		mustRefuseImport(t, "", identity)
	}
}

// mustRefuseImport fails the test unless an import is refused by the provider's
// own error, before anything is sent.
func mustRefuseImport(t *testing.T, id string, identity map[string]string) {
	t.Helper()
	api := rebillytest.NewFor(t)
	diagnostics := configured(t, api, values{"organization_id": "org_default"}).manage().importBy(id, identity)
	if !hasError(diagnostics) {
		t.Errorf("%q %v was imported", id, identity)
	}
	for _, diagnostic := range diagnostics {
		if diagnostic.Summary != "Invalid Import ID" || strings.Contains(diagnostic.Detail, "Import by ID") != (identity == nil) {
			t.Errorf("the diagnostic is %s", messages(diagnostics))
		}
	}
	mustHaveSent(t, api, 0)
}

func TestImport_absent(t *testing.T) {
	t.Parallel()
	export := configured(t, rebillytest.NewFor(t), values{"organization_id": "org_a"}).manage()
	mustFail(t, export.importBy("gone", nil), "id", "Export Not Found", "Organization: org_a")
}

// triggers returns triggers with the given version.
func triggers(version string) map[string]tftypes.Value {
	return map[string]tftypes.Value{"version": tftypes.NewValue(tftypes.String, version)}
}

// Nobody knows why an imported export was requested, or whether it includes
// files, until the configuration says so.
func TestImport_adopts(t *testing.T) {
	t.Parallel()
	files, version := values{"include_files": true}, values{"triggers": triggers("1")}
	both, limit := values{"include_files": true, "triggers": triggers("1")}, values{"create": "1h"}
	for name, steps := range map[string][]values{
		"both at once":         {both},
		"files, then triggers": {files, both},
		"triggers, then files": {version, both},
		"files false":          {{"include_files": false}, {"include_files": false, "triggers": triggers("1")}},
		"nothing, then both":   {nil, {"timeouts": limit}, {"timeouts": limit, "include_files": true, "triggers": triggers("1")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := mustImport(t, api)
			before := len(api.Requests())
			for _, arguments := range steps {
				want := plainAll(t, export.current())
				for argument, value := range plainAll(t, export.attributes(export.schema, export.object(export.schema, arguments))) {
					if value != nil {
						want[argument] = value
					}
				}
				mustChangeQuietly(t, api, export, arguments, want)
				mustPlanNothing(t, export, export.plan(arguments))
			}
			mustHaveSent(t, api, before)
			mustHave(t, export.current(), map[string]any{"id": exportID})
			mustReplaceLater(t, export, steps[len(steps)-1])
		})
	}
}

// mustReplaceLater fails the test unless the arguments of an adopted export are
// as those of any other.
func mustReplaceLater(t *testing.T, export *managed, arguments values) {
	t.Helper()
	with := func(argument string, value any) planned {
		changed := maps.Clone(arguments)
		changed[argument] = value

		return export.plan(changed)
	}
	files, _ := arguments["include_files"].(bool)
	mustReplace(t, with("include_files", !files), "include_files")
	mustReplace(t, with("triggers", triggers("2")), "triggers")
	mustReplace(t, with("triggers", nil), "triggers")
	mustReplace(t, with("include_files", unknown))
	// Without the argument, the default holds.
	if plan := with("include_files", nil); (len(plan.replaces) == 1) != files {
		t.Errorf("without include_files, which was %t: what forces a replacement is %q", files, plan.replaces)
	}
}

// Terraform plans the new export of a replacement with the private state of the
// old one, and plans it again, without, when it applies. Both plans must agree.
func TestImport_replacementIsAnExportOfItsOwn(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]values{"triggers adopted": {"triggers": triggers("1")}, "nothing adopted": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := mustImport(t, api)
			mustSucceed(t, export.apply(arguments))
			changed := values{"triggers": triggers("2")}
			replacement := export.plan(changed)

			planning := export.planFrom(export.nothing(), replacement.response.PlannedPrivate, nil, changed)
			applying := export.planFrom(export.nothing(), nil, nil, changed)
			mustSucceed(t, planning.diagnostics)
			for attribute, want := range applying.attributes {
				if got := planning.attributes[attribute]; !got.Equal(want) {
					t.Errorf("%s is planned as %s, and then as %s", attribute, got, want)
				}
			}
			mustHave(t, planning.attributes, map[string]any{"include_files": false})
		})
	}
}
