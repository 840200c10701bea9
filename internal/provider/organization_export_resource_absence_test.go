package provider

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// What is a 404 that proves something is tested in TestIsNotFound, and what other
// operations do with it in TestFaults.

const removedSummary = "Export Removed from State"

// notFound proves that there is no such export, if all servers say it.
func notFound() rebillytest.Fault { return rebillytest.Problem(404, "Not Found", "No such export.") }

// behindGateways returns a handler that serves api below /one and /two too.
func behindGateways(api http.Handler) http.Handler {
	gateways := http.NewServeMux()
	gateways.Handle("/", api)
	gateways.Handle("/one/", http.StripPrefix("/one", api))
	gateways.Handle("/two/", http.StripPrefix("/two", api))

	return gateways
}

// anHourLater sets the API's clock, so that no export is new.
func anHourLater(api *rebillytest.API) {
	api.SetClock(func() time.Time { return time.Now().Add(time.Hour) })
}

// mustBeRemoved fails the test unless a refresh removes the export from state.
func mustBeRemoved(t *testing.T, api *rebillytest.API, export *managed) {
	t.Helper()
	anHourLater(api)
	mustWarn(t, export.refresh(), "", removedSummary, "Environment: ")
	if export.exists() {
		t.Errorf("the state has %v", export.current())
	}
}

// mustStay fails the test unless a refresh fails, and changes nothing.
func mustStay(t *testing.T, export *managed, facts ...string) {
	t.Helper()
	before := plainAll(t, export.current())
	mustFail(t, export.refresh(), "", append(facts, export.id())...)
	mustEqual(t, "the state", before, plainAll(t, export.current()))
}

// The new export belongs to whatever organization is configured then.
func TestAbsence_refreshRemovesWithProof(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		created, refreshed string
		// promised is set if the next apply requests an export of the same organization.
		promised bool
	}{
		"still the provider's default":          {created: "org_a", refreshed: "org_a", promised: true},
		"another default":                       {created: "org_a", refreshed: "org_b"},
		"no default anymore":                    {created: "org_a"},
		"a default instead of the credential's": {refreshed: "org_b"},
		"the credential's":                      {promised: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := configuredFor(t, api, test.created).manage()
			mustSucceed(t, export.apply(nil))
			anHourLater(api)
			api.Fail(slices.Repeat([]rebillytest.Fault{notFound()}, 4)...)
			export = export.restart(configuredFor(t, api, test.refreshed))
			diagnostics := export.refresh()
			mustWarn(t, diagnostics, "", removedSummary, "Organization: "+test.created)
			if promised := strings.Contains(messages(diagnostics), "of this organization"); promised != test.promised {
				t.Errorf("it promises the organization: %t: %s", promised, messages(diagnostics))
			}
			before := len(requested(api))
			mustSucceed(t, export.apply(nil))
			if sent := len(requested(api)) - before; sent != 1 {
				t.Errorf("%d exports were requested", sent)
			}
		})
	}
}

func TestAbsence_refreshKeepsStateWithoutProof(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		faults []rebillytest.Fault
		// age is how long after the request of the export the refresh is.
		age  time.Duration
		want string
	}{
		"HTML of a proxy":            {faults: []rebillytest.Fault{rebillytest.NotFoundHTML()}, age: time.Hour, want: "Unexpected Response"},
		"JSON of a gateway":          {faults: []rebillytest.Fault{rebillytest.NotFoundMessage()}, age: time.Hour, want: "Unexpected Response"},
		"three of four responses":    {faults: slices.Repeat([]rebillytest.Fault{notFound()}, 3), age: time.Hour},
		"all, but the export is new": {faults: slices.Repeat([]rebillytest.Fault{notFound()}, 4), age: 59 * time.Minute, want: "Export Not Found Yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			export := configured(t, api, nil).manage()
			mustSucceed(t, export.apply(nil))
			api.SetClock(func() time.Time { return time.Now().Add(test.age) })
			api.Fail(test.faults...)
			if test.want != "" {
				mustStay(t, export, test.want)
			}
			mustSucceed(t, export.refresh())
			mustPlanNothing(t, export, export.plan(nil))
		})
	}
}

// Only the base URL and the credential that returned the export last can prove its
// absence. Rebilly may return 404 for what another credential cannot see.
func TestAbsence_otherReaderKeepsState(t *testing.T) {
	t.Parallel()
	const otherURL, otherCredential = "Export Not Found at This Base URL", "Export Not Found with This Credential"
	one, two, jwt := values{"base_url": "https://first.example.com/one"}, values{"base_url": "https://second.example.com/two"}, values{"api_key": nil, "jwt": rebillytest.JWT}
	refresh := func(export *managed) { mustSucceed(export.t, export.refresh()) }
	update := func(export *managed) { mustSucceed(export.t, export.apply(values{"organization_id": "org_a"})) }
	for name, test := range map[string]struct {
		first, second values
		// move makes the second one the last reader.
		move func(*managed)
		// want is the error of the other reader. An empty one means that it is the same.
		want string
	}{
		"another gateway":                 {first: one, second: two, want: otherURL},
		"another path":                    {first: one, second: values{"base_url": "https://first.example.com/two"}, want: otherURL},
		"live after sandbox":              {first: values{"environment": "sandbox"}, second: values{"environment": "live"}, want: otherURL},
		"the default, with live":          {first: values{"base_url": "https://api-sandbox.rebilly.com/"}, want: otherURL},
		"another gateway after a refresh": {first: one, second: two, move: refresh, want: otherURL},
		"another gateway after an update": {first: one, second: two, move: update, want: otherURL},
		"another spelling":                {first: one, second: values{"base_url": "https://FIRST.example.com/one/"}},
		"another credential":              {second: jwt, want: otherCredential},
		"another credential, refreshed":   {second: jwt, move: refresh, want: otherCredential},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			last, other := configured(t, behindGateways(api), test.first), configured(t, behindGateways(api), test.second)
			export := last.manage()
			mustSucceed(t, export.apply(nil))
			id := export.id()
			if test.move != nil {
				last, other = other, last
				api.Add("org_a", rebillytest.Completed(id, rebillytest.Created))
				export = export.restart(last)
				test.move(export)
			}

			api.Remove(rebillytest.DefaultOrganization, id)
			api.Remove("org_a", id)
			if test.want == "" {
				last = other
			} else {
				mustStay(t, export.restart(other), test.want)
			}
			mustBeRemoved(t, api, export.restart(last))
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
			api.Fail(notFound())
			mustStay(t, export, "Export Not Found Yet")
			mustSucceed(t, export.refresh())
			api.Remove(rebillytest.DefaultOrganization, export.id())
			mustBeRemoved(t, api, export)
		})
	}
}

// The credential is remembered as a salted hash, and the same one does not change
// the state.
func TestAbsence_rememberedCredential(t *testing.T) {
	t.Parallel()
	terraform, fingerprints := configured(t, rebillytest.NewFor(t), nil), map[string]bool{}
	for range 2 {
		export := terraform.manage()
		mustSucceed(t, export.apply(nil))
		for range 2 {
			var private map[string][]byte
			if err := json.Unmarshal(export.private, &private); err != nil {
				t.Fatal(err)
			}
			var last lastRead
			if err := json.Unmarshal(private[privateLastRead], &last); err != nil {
				t.Fatal(err)
			}
			fingerprint := last.Credential
			mustNotShow(t, "the fingerprint", fingerprint, secrets...)
			fingerprints[fingerprint] = true
			mustSucceed(t, export.refresh())
		}
	}
	if len(fingerprints) != 2 {
		t.Errorf("two exports have the fingerprints %v", slices.Collect(maps.Keys(fingerprints)))
	}
}

// An earlier build had other keys in the private state.
func TestAbsence_privateStateOfAnEarlierBuild(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	export := configured(t, api, nil).manage()
	mustSucceed(t, export.apply(nil))
	export.private = []byte(`{"base_url":"Imh0dHBzOi8vYXBpLnJlYmlsbHkuY29tIg==","requested_time":"IjIwMjYtMDEtMzFUMDI6MDA6MDBaIg=="}`)
	api.Fail(notFound())
	before := plainAll(t, export.current())
	mustFail(t, export.refresh(), "id", "Export Not Found", export.id())
	mustEqual(t, "the state", before, plainAll(t, export.current()))
	mustSucceed(t, export.refresh())
	api.Remove(rebillytest.DefaultOrganization, export.id())
	mustBeRemoved(t, api, export)
}
