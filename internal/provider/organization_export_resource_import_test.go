package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
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
		id       string
		identity map[string]string
		provider any
		want     any
	}{
		"ID":                                  {exportID, nil, nil, nil},
		"ID, provider's organization":         {exportID, nil, "org_a", "org_a"},
		"ORGANIZATION/ID":                     {"org_b/" + exportID, nil, nil, "org_b"},
		"ORGANIZATION/ID over the provider's": {"org_b/" + exportID, nil, "org_a", "org_b"},
		"identity":                            {"", map[string]string{"id": exportID}, nil, nil},
		"identity, provider's organization":   {"", map[string]string{"id": exportID}, "org_a", "org_a"},
		"identity with organization":          {"", map[string]string{"id": exportID, "organization_id": "org_b"}, "org_a", "org_b"},
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
			for attribute, want := range map[string]any{"organization_id": test.want, "id": exportID, "include_files": nil, "triggers": nil, "wait_for_completion": true, "status": "completed"} {
				if got := plain(t, export.current()[attribute]); got != want {
					t.Errorf("%s is %v, want %v", attribute, got, want)
				}
			}
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
	ids := []string{
		"", "a/b/c", "bad id!", "/x", "x/", "/", "//", "..", "../x", "x/..", "x\n", " x", "é", long, long + "/x", "org_a/" + long,
		"https://api.rebilly.com/organization-exports/x", "/organizations/org_a/organization-exports/x", "id=x", "org_a:x",
	}
	for _, id := range ids {
		t.Run("ID "+id, func(t *testing.T) {
			t.Parallel()
			mustRefuseImport(t, &tfprotov6.ImportResourceStateRequest{TypeName: objectType, ID: id})
		})
	}
	response, err := configured(t, rebillytest.NewFor(t), nil).server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: objectType, ID: "https://api.rebilly.com/organization-exports/x",
	})
	if err != nil || len(response.Diagnostics) != 1 || !strings.Contains(messages(response.Diagnostics), "URL") {
		t.Errorf("a URL is refused with %s (%v)", messages(response.Diagnostics), err)
	}
	identities := map[string]map[string]string{
		"empty ID":                 {"id": ""},
		"no ID":                    {"organization_id": "org_a"},
		"nothing":                  {},
		"slash in ID":              {"id": "org_a/x"},
		"space in ID":              {"id": "bad id!"},
		"empty organization":       {"id": "x", "organization_id": ""},
		"slash in organization":    {"id": "x", "organization_id": "org_a/x"},
		"two dots":                 {"id": "x", "organization_id": ".."},
		"both of them":             {"id": "", "organization_id": "bad id!"},
		"URL":                      {"id": "https://api.rebilly.com/organization-exports/x"},
		"ID that is much too long": {"id": long},
	}
	for name, identity := range identities {
		t.Run("identity with "+name, func(t *testing.T) {
			t.Parallel()
			instance := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).manage()
			mustRefuseImport(t, &tfprotov6.ImportResourceStateRequest{TypeName: objectType, Identity: instance.identityOf(identity)})
		})
	}
}

// mustRefuseImport fails the test unless an import is refused by the provider's
// own error, before anything is sent.
func mustRefuseImport(t *testing.T, request *tfprotov6.ImportResourceStateRequest) {
	t.Helper()
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, values{"organization_id": "org_default"})
	response, err := terraform.server.ImportResourceState(terraform.ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if len(response.Diagnostics) == 0 || len(response.ImportedResources) > 0 {
		t.Errorf("it was imported: %v", response.ImportedResources)
	}
	for _, diagnostic := range response.Diagnostics {
		if text := diagnostic.Summary + ": " + diagnostic.Detail; diagnostic.Severity != tfprotov6.DiagnosticSeverityError ||
			!strings.HasPrefix(text, "Invalid Import ID: The ") || strings.Contains(text, "Import by ID or ORGANIZATION_ID/ID") != (request.Identity == nil) || strings.Contains(strings.ToLower(text), "report") {
			t.Errorf("the diagnostic is %s", text)
		}
	}
	mustHaveSent(t, api, 0)
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
	for name, test := range map[string]struct{ steps []values }{
		"both at once":         {[]values{both}},
		"files, then triggers": {[]values{files, both}},
		"triggers, then files": {[]values{version, both}},
		"files false":          {[]values{{"include_files": false}, {"include_files": false, "triggers": triggers("1")}}},
		"nothing, then both":   {[]values{nil, {"timeouts": limit}, {"timeouts": limit, "include_files": true, "triggers": triggers("1")}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := mustImport(t, api)
			before := len(api.Requests())
			for _, arguments := range test.steps {
				want := plainAll(t, export.current())
				for argument, value := range plainAll(t, export.attributes(export.schema, export.object(export.schema, arguments))) {
					if value != nil {
						want[argument] = value
					}
				}
				plan := export.plan(arguments)
				mustReplace(t, plan)
				if difference := cmp.Diff(want, plainAll(t, plan.attributes)); difference != "" {
					t.Errorf("the plan differs (-want +got):\n%s", difference)
				}
				mustSucceed(t, export.apply(arguments))
				mustPlanNothing(t, export, export.plan(arguments))
			}
			mustHaveSent(t, api, before)
			if got := export.text("id"); got != exportID {
				t.Errorf("the export is %s", got)
			}
			mustReplaceLater(t, export, test.steps[len(test.steps)-1])
		})
	}
}

// mustReplaceLater fails the test unless the arguments of an adopted export are
// as those of any other.
func mustReplaceLater(t *testing.T, export *managed, arguments values) {
	t.Helper()
	files, _ := arguments["include_files"].(bool)
	for name, change := range map[string]struct {
		argument string
		value    any
	}{
		"other files":    {"include_files", !files},
		"other triggers": {"triggers", triggers("2")},
		"no triggers":    {"triggers", nil},
	} {
		changed := maps.Clone(arguments)
		changed[change.argument] = change.value
		if plan := export.plan(changed); len(plan.replaces) != 1 {
			t.Errorf("%s: what forces a replacement is %q", name, plan.replaces)
		}
	}
	changed := maps.Clone(arguments)
	changed["include_files"] = unknown
	mustReplace(t, export.plan(changed))
	// Without the argument, the default holds.
	changed = maps.Clone(arguments)
	delete(changed, "include_files")
	if plan := export.plan(changed); (len(plan.replaces) == 1) != files {
		t.Errorf("without include_files, which was %t: what forces a replacement is %q", files, plan.replaces)
	}
}

// An export that was not imported has its arguments from the start.
func TestImport_onlyAnImportedExportAdopts(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.apply(nil))
	mustReplace(t, export.plan(values{"triggers": triggers("1")}), "triggers")
	mustReplace(t, export.plan(values{"include_files": true}), "include_files")
	mustReplace(t, export.plan(values{"include_files": true, "triggers": triggers("1")}), "include_files", "triggers")
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
			if got := plain(t, planning.attributes["include_files"]); got != false {
				t.Errorf("include_files is planned as %v", got)
			}
		})
	}
}

func TestImport_inProgressIsWaitedFor(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Add(rebillytest.DefaultOrganization, rebillytest.Queued("x", rebillytest.Created),
		rebillytest.Stage{Status: "queued", Reads: 2}, rebillytest.Stage{Status: "completed"})
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.importBy("x", nil))
	if got := export.plan(nil).unknowns(); !slices.Equal(got, progress) {
		t.Errorf("unknown are %q", got)
	}
	mustSucceed(t, export.apply(nil))
	if got := export.text("status"); got != "completed" {
		t.Errorf("the status is %s", got)
	}
	if !export.current()["include_files"].IsNull() {
		t.Error("include_files is set")
	}
}

// Another spelling of a time is no change, and another time is one.
func TestImport_spellingOfATime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ now, want string }{
		"offset":         {"2026-03-14T09:26:53+00:00", "2026-03-14T09:26:53Z"},
		"other zone":     {"2026-03-14T10:26:53+01:00", "2026-03-14T09:26:53Z"},
		"another second": {"2026-03-14T09:26:54+00:00", "2026-03-14T09:26:54+00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := mustImport(t, api)
			if got := export.text("created_time"); got != "2026-03-14T09:26:53Z" {
				t.Fatalf("created_time is %s", got)
			}
			changed := rebillytest.Completed(exportID, rebillytest.Created)
			for _, field := range []string{"createdTime", "updatedTime", "retentionTime"} {
				changed = changed.With(field, test.now)
			}
			api.Add(rebillytest.DefaultOrganization, changed)
			mustSucceed(t, export.refresh())
			if got := export.text("created_time"); got != test.want {
				t.Errorf("created_time is %s, want %s", got, test.want)
			}
			if got := export.text("updated_time"); got != test.now {
				t.Errorf("updated_time, which was another time, is %s", got)
			}
		})
	}
}
