package provider

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// proofs are responses of the API that prove that there is no such export.
func proofs() map[string]rebillytest.Fault {
	return map[string]rebillytest.Fault{
		"problem object":             rebillytest.Problem(404, "Not Found", "No such export."),
		"problem object, title only": rebillytest.Respond(404, "application/problem+json", `{"title":"Not Found"}`),
		"status only":                rebillytest.Respond(404, "application/json", `{"status":404}`),
	}
}

// unproven are responses with 404 that prove nothing.
func unproven() map[string]rebillytest.Fault {
	return map[string]rebillytest.Fault{
		"HTML":           rebillytest.NotFoundHTML(),
		"message":        rebillytest.NotFoundMessage(),
		"empty body":     rebillytest.Respond(404, "application/json", ""),
		"empty object":   rebillytest.Respond(404, "application/json", "{}"),
		"empty title":    rebillytest.Respond(404, "application/json", `{"title":""}`),
		"another status": rebillytest.Respond(404, "application/json", `{"status":200}`),
		"status as text": rebillytest.Respond(404, "application/json", `{"status":"404"}`),
		"array":          rebillytest.Respond(404, "application/json", `[{"title":"Not Found","status":404}]`),
		"string":         rebillytest.Respond(404, "application/json", `"Not Found"`),
	}
}

const (
	firstURL  = "https://first.example.com/one"
	secondURL = "https://second.example.com/two"
)

// at returns a provider that calls api at a base URL.
func at(t *testing.T, api http.Handler, baseURL string) protocol {
	t.Helper()

	return configured(t, behindGateways(api), values{"base_url": baseURL})
}

// behindGateways returns a handler that serves api below /one and /two too.
func behindGateways(api http.Handler) http.Handler {
	gateways := http.NewServeMux()
	gateways.Handle("/", api)
	gateways.Handle("/one/", http.StripPrefix("/one", api))
	gateways.Handle("/two/", http.StripPrefix("/two", api))

	return gateways
}

// anHourLater sets the API's clock, so that no export is new, and lets the API respond
// with fault to as many reads as prove the absence of an export.
func anHourLater(api *rebillytest.API, faults ...rebillytest.Fault) {
	api.SetClock(func() time.Time { return time.Now().Add(time.Hour) })
	for _, fault := range faults {
		api.Fail(fault, fault, fault, fault)
	}
}

func TestAbsence_refreshRemovesWithProof(t *testing.T) {
	t.Parallel()
	for name, proof := range proofs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			terraform := configured(t, api, values{"organization_id": "org_a", "environment": "sandbox"})
			export := terraform.manage()
			mustSucceed(t, export.apply(nil))
			id := export.text("id")
			anHourLater(api, proof)
			mustWarn(t, export.refresh(), "", "Export Removed from State", `Rebilly no longer has export "`+id+`"`,
				"Organization: org_a (from organization_id in the provider configuration)", "Environment: sandbox",
				"The next apply requests a new export of this organization.")
			if export.exists() {
				t.Errorf("the state has %v", export.current())
			}
			requests := len(requested(api))
			mustSucceed(t, export.apply(nil))
			if sent := len(requested(api)) - requests; sent != 1 {
				t.Errorf("%d exports were requested", sent)
			}
		})
	}
}

// Another credential may have another default organization.
func TestAbsence_warningNamesTheCredential(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.apply(nil))
	api.Remove(rebillytest.DefaultOrganization, export.text("id"))
	anHourLater(api)
	mustWarn(t, export.refresh(), "", "Environment: live",
		"Organization: default organization of the credential (from api_key in the provider configuration)",
		"set the previous credential again before you apply", "set organization_id")
	if export.exists() {
		t.Errorf("the state has %v", export.current())
	}
}

// The new export belongs to whatever organization is configured then.
func TestAbsence_warningPromisesNoOrganization(t *testing.T) {
	t.Parallel()
	const promise = "of this organization"
	for name, test := range map[string]struct {
		created, refreshed string
		promised           bool
	}{
		"still the provider's default":          {"org_a", "org_a", true},
		"another default":                       {"org_a", "org_b", false},
		"no default any more":                   {"org_a", "", false},
		"a default instead of the credential's": {"", "org_b", false},
		"the credential's":                      {"", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := configuredFor(t, api, test.created).manage()
			mustSucceed(t, export.apply(nil))
			anHourLater(api, rebillytest.Problem(404, "Not Found", ""))
			diagnostics := export.restart(configuredFor(t, api, test.refreshed)).refresh()
			mustWarn(t, diagnostics, "", "Export Removed from State", "The next apply requests a new export")
			if promised := strings.Contains(messages(diagnostics), promise); promised != test.promised {
				t.Errorf("it promises the organization: %t: %s", promised, messages(diagnostics))
			}
			if !test.promised && !strings.Contains(messages(diagnostics), "Check organization_id in its plan") {
				t.Errorf("it does not say what to check: %s", messages(diagnostics))
			}
		})
	}
}

func TestAbsence_refreshKeepsStateWithoutProof(t *testing.T) {
	t.Parallel()
	for name, fault := range unproven() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := configured(t, api, nil).manage()
			mustSucceed(t, export.apply(nil))
			before := plainAll(t, export.current())
			api.Fail(fault)
			mustFail(t, export.refresh(), "", "Unexpected Response", "the host returned 404 Not Found", "base_url and the proxy")
			if difference := cmp.Diff(before, plainAll(t, export.current())); difference != "" {
				t.Errorf("the state changed (-want +got):\n%s", difference)
			}
			mustSucceed(t, export.refresh())
			mustPlanNothing(t, export, export.plan(nil))
		})
	}
}

func TestAbsence_otherBaseURLKeepsState(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ first, second values }{
		"another gateway":        {values{"base_url": firstURL}, values{"base_url": secondURL}},
		"another path":           {values{"base_url": firstURL}, values{"base_url": "https://first.example.com/two"}},
		"live after sandbox":     {values{"environment": "sandbox"}, values{"environment": "live"}},
		"the default, with live": {values{"base_url": "https://api-sandbox.rebilly.com/"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			first := configured(t, behindGateways(api), test.first)
			export := first.manage()
			mustSucceed(t, export.apply(nil))
			id := export.text("id")
			api.Remove(rebillytest.DefaultOrganization, id)

			export = export.restart(configured(t, behindGateways(api), test.second))
			before := plainAll(t, export.current())
			diagnostics := export.refresh()
			mustFail(t, diagnostics, "", "Export Not Found at This Base URL", id, "stays in state", urlOf(test.first), urlOf(test.second), "terraform state rm")
			if difference := cmp.Diff(before, plainAll(t, export.current())); difference != "" {
				t.Errorf("the state changed (-want +got):\n%s", difference)
			}

			export = export.restart(first)
			anHourLater(api)
			mustWarn(t, export.refresh(), "", "Export Removed from State")
		})
	}
}

// urlOf returns the base URL of a provider with these arguments.
func urlOf(arguments values) string {
	url, _ := arguments["base_url"].(string)
	if environment, _ := arguments["environment"].(string); url == "" {
		url = environments[environment]
	}
	if url == "" {
		url = environments["live"]
	}

	return strings.TrimSuffix(url, "/")
}

func TestAbsence_spellingOfTheBaseURLIsTheSame(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := at(t, api, firstURL).manage()
	mustSucceed(t, export.apply(nil))
	api.Remove(rebillytest.DefaultOrganization, export.text("id"))
	anHourLater(api)
	mustWarn(t, export.restart(at(t, api, "https://FIRST.example.com/one/")).refresh(), "", "Export Removed from State")
}

func TestAbsence_lastBaseURLMoves(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(*testing.T, *rebillytest.API, *managed){
		"by a refresh": func(t *testing.T, _ *rebillytest.API, export *managed) {
			t.Helper()
			mustSucceed(t, export.refresh())
		},
		"by an update": func(t *testing.T, api *rebillytest.API, export *managed) {
			t.Helper()
			api.Add("org_a", rebillytest.Completed(export.text("id"), rebillytest.Created))
			mustSucceed(t, export.apply(values{"organization_id": "org_a"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			first, second := at(t, api, firstURL), at(t, api, secondURL)
			export := first.manage()
			mustSucceed(t, export.apply(nil))
			export = export.restart(second)
			move(t, api, export)

			for _, organization := range []string{rebillytest.DefaultOrganization, "org_a"} {
				api.Remove(organization, export.text("id"))
			}
			export = export.restart(first)
			mustFail(t, export.refresh(), "", "was last read from "+secondURL, firstURL+" does not have it")
			export = export.restart(second)
			anHourLater(api)
			mustWarn(t, export.refresh(), "", "Export Removed from State")
		})
	}
}

// Replicas may not have an export that was just requested.
func TestAbsence_neverReturnedByAGetKeepsState(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]values{"without a wait": doNotWait(nil), "unread after the request": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			if arguments == nil {
				api.Fail(rebillytest.CutBodyAfterActing(api), rebillytest.Problem(403, "Forbidden", ""))
			}
			export := configured(t, api, nil).manage()
			export.apply(arguments)
			id := export.text("id")
			api.Fail(rebillytest.Problem(404, "Not Found", ""))
			mustFail(t, export.refresh(), "", "Export Not Found Yet", id, "terraform state rm")
			mustSucceed(t, export.refresh())
			api.Remove(rebillytest.DefaultOrganization, id)
			anHourLater(api)
			mustWarn(t, export.refresh(), "", "Export Removed from State")
		})
	}
}

// One of several servers of the API may be behind: for some requests, or for some time
// after the request.
func TestAbsence_onlyAllServersProve(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.apply(nil))
	api.Remove(rebillytest.DefaultOrganization, export.text("id"))
	api.SetClock(func() time.Time { return time.Now().Add(59 * time.Minute) })
	mustFail(t, export.refresh(), "", "Export Not Found Yet", "It can take some time until all servers")
	api.Add(rebillytest.DefaultOrganization, rebillytest.Completed(export.text("id"), rebillytest.Created))
	anHourLater(api)
	notFound := rebillytest.Problem(404, "Not Found", "")
	api.Fail(notFound, notFound, notFound)
	mustSucceed(t, export.refresh())
	if !export.exists() {
		t.Error("three of four responses removed the export from state")
	}
}

// Rebilly may return 404 for what another credential cannot see.
func TestAbsence_otherCredentialKeepsState(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	first := configured(t, api, nil)
	second := startProvider(t, inMemory(api, nil))
	mustSucceed(t, second.configure(values{"jwt": rebillytest.JWT}))
	export := first.manage()
	mustSucceed(t, export.apply(nil))
	id := export.text("id")

	export = export.restart(second)
	api.Fail(rebillytest.Problem(404, "Not Found", ""))
	mustFail(t, export.refresh(), "", "Export Not Found with This Credential", id, "Credential: jwt", "terraform state rm")
	// A credential that has returned the export is the one that proves its absence.
	mustSucceed(t, export.refresh())
	api.Remove(rebillytest.DefaultOrganization, id)
	anHourLater(api)
	mustFail(t, export.restart(first).refresh(), "", "Export Not Found with This Credential")
	mustWarn(t, export.refresh(), "", "Export Removed from State")
}

// The credential is remembered as a salted hash, and the same one does not change
// the state.
func TestAbsence_rememberedCredential(t *testing.T) {
	t.Parallel()
	terraform := configured(t, rebillytest.NewFor(t), nil)
	first, second := terraform.manage(), terraform.manage()
	for _, export := range []*managed{first, second} {
		mustSucceed(t, export.apply(nil))
		before := privateValue[string](t, export, privateCredential)
		mustNotShow(t, "the fingerprint", before, secrets...)
		mustSucceed(t, export.refresh())
		if after := privateValue[string](t, export, privateCredential); after != before {
			t.Errorf("a refresh changed the fingerprint from %s to %s", before, after)
		}
	}
	if privateValue[string](t, first, privateCredential) == privateValue[string](t, second, privateCredential) {
		t.Error("two exports have the same salt")
	}
}

// An earlier build remembered the base URL alone.
func TestAbsence_privateStateOfAnEarlierBuild(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.apply(nil))
	export.private = []byte(`{"base_url":"Imh0dHBzOi8vYXBpLnJlYmlsbHkuY29tIg==","due_rotation_time":"IiI="}`)
	if got := privateValue[string](t, export, privateBaseURL); got != environments["live"] {
		t.Fatalf("the base URL is %q", got)
	}
	api.Fail(rebillytest.Problem(404, "Not Found", ""))
	mustFail(t, export.refresh(), "", "Export Not Found with This Credential")
	mustSucceed(t, export.refresh())
	api.Remove(rebillytest.DefaultOrganization, export.text("id"))
	mustWarn(t, export.refresh(), "", "Export Removed from State")
}

// Another replica may not have the export yet.
func TestAbsence_waitOutlasts404(t *testing.T) {
	t.Parallel()
	faults := proofs()
	maps.Copy(faults, unproven())
	for name, fault := range faults {
		for _, wait := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/%t", name, wait), func(t *testing.T) {
				t.Parallel()
				api := rebillytest.NewFor(t)
				read := int32(1)
				if !wait {
					// The update reads the export before it waits.
					read = 2
				}
				export := configured(t, failingReads(api, read, fault), nil).manage()
				if !wait {
					mustSucceed(t, export.apply(values{"wait_for_completion": false}))
				}
				mustSucceed(t, export.apply(nil))
				if got := export.text("status"); got != "completed" {
					t.Errorf("the status is %s", got)
				}
				expectRequests(t, api, withoutFiles)
			})
		}
	}
}

func TestAbsence_import(t *testing.T) {
	t.Parallel()
	for name, proof := range proofs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			anHourLater(api, proof)
			export := configured(t, api, values{"organization_id": "org_a"}).manage()
			mustFail(t, export.importBy("gone", nil), "id", "Export Not Found", `Could not read export "gone"`, "Organization: org_a", "Environment: live", "Check the ID")
		})
	}
	for name, fault := range unproven() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(fault)
			mustFail(t, configured(t, api, nil).manage().importBy("gone", nil), "", "Unexpected Response", "the host returned 404 Not Found")
		})
	}
}
