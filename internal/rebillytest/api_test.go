package rebillytest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// received is a response with its body.
type received struct {
	status int
	header http.Header
	body   string
}

// send sends a request to api. Without headers it sends the secret API key.
func send(t *testing.T, api *API, method, path, body string, headers ...string) received {
	t.Helper()
	got, err := sendWith(t.Context(), api, method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}

	return got
}

// sendWith sends a request to api that ends with ctx.
func sendWith(ctx context.Context, api *API, method, path, body string, headers ...string) (received, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://127.0.0.1"+path, strings.NewReader(body))
	if err != nil {
		return received{}, err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if len(headers) == 0 {
		headers = []string{"REB-APIKEY", SecretKey}
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := Transport(api).RoundTrip(request)
	if err != nil {
		return received{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)

	return received{response.StatusCode, response.Header, string(text)}, err
}

// get reads a path with the secret API key.
func get(t *testing.T, api *API, path string) received {
	t.Helper()

	return send(t, api, http.MethodGet, path, "")
}

// export returns the export in the response.
func (r received) export(t *testing.T) Export {
	t.Helper()
	var export Export
	if err := json.Unmarshal([]byte(r.body), &export); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}

	return export
}

func expectNoViolations(t *testing.T, api *API) {
	t.Helper()
	for _, violation := range api.Violations() {
		t.Errorf("violation: %s", violation)
	}
}

func TestAPI_authentication(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		headers []string
		want    int
	}{
		"secret API key":           {[]string{"REB-APIKEY", SecretKey}, 200},
		"JWT":                      {[]string{"Authorization", "Bearer " + JWT}, 200},
		"no credential":            {[]string{"Accept", "application/json"}, 401},
		"unknown key":              {[]string{"REB-APIKEY", "sk_unknown"}, 401},
		"JWT without scheme":       {[]string{"Authorization", JWT}, 401},
		"key and JWT":              {[]string{"REB-APIKEY", SecretKey, "Authorization", "Bearer " + JWT}, 401},
		"key without permissions":  {[]string{"REB-APIKEY", ForbiddenKey}, 403},
		"key with a bearer scheme": {[]string{"Authorization", "Bearer " + SecretKey}, 401},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := New()
			api.Add(DefaultOrganization, Completed("x", Created))
			got := send(t, api, http.MethodGet, "/organization-exports/x", "", test.headers...)
			if got.status != test.want {
				t.Errorf("got %d %s, want %d", got.status, got.body, test.want)
			}
			expectNoViolations(t, api)
		})
	}
}

func TestAPI_organizationsAreSeparate(t *testing.T) {
	t.Parallel()
	api := New()
	api.Add("org_acme", Completed("x", Created))
	requested := send(t, api, http.MethodPost, "/organizations/org_globex/organization-exports", "{}").export(t).text("id")
	api.Add(DefaultOrganization, Completed("default", Created))
	exports := map[string]string{"org_acme": "x", "org_globex": requested, DefaultOrganization: "default", "org_other": ""}
	for organization, own := range exports {
		for _, id := range []string{"x", requested, "default", "none"} {
			want := http.StatusNotFound
			if id == own {
				want = http.StatusOK
			}
			got := get(t, api, "/organizations/"+organization+"/organization-exports/"+id)
			if got.status != want {
				t.Errorf("%s in %s: got %d %s, want %d", id, organization, got.status, got.body, want)
			}
		}
		want := `"id":"` + own + `"`
		got := get(t, api, "/organizations/"+organization+"/organization-exports")
		if own == "" && got.body != "[]\n" || own != "" && (strings.Count(got.body, `"id"`) != 1 || !strings.Contains(got.body, want)) {
			t.Errorf("%s has %s, want only %q", organization, got.body, own)
		}
	}
	for id, want := range map[string]int{"default": 200, "x": 404, requested: 404} {
		if got := get(t, api, "/organization-exports/"+id); got.status != want {
			t.Errorf("%s without an organization in the path: got %d %s, want %d", id, got.status, got.body, want)
		}
	}
	expectNoViolations(t, api)
}

// A 404 must not tell which organization has the export.
func TestAPI_notFoundIsTheSameForOtherOrganizations(t *testing.T) {
	t.Parallel()
	api := New()
	before := get(t, api, "/organizations/org_acme/organization-exports/x")
	api.Add("org_globex", Completed("x", Created))
	after := get(t, api, "/organizations/org_acme/organization-exports/x")
	if before.status != http.StatusNotFound || before.body != after.body {
		t.Errorf("got %s before and %s after another organization has the export", before.body, after.body)
	}
	for _, secret := range []string{SecretKey, "globex"} {
		if strings.Contains(after.body, secret) {
			t.Errorf("%s names %s", after.body, secret)
		}
	}
}

func TestAPI_create(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/organizations/org_acme"} {
		t.Run("path "+prefix, func(t *testing.T) {
			t.Parallel()
			api := New()
			got := send(t, api, http.MethodPost, prefix+"/organization-exports", `{"includeFiles":false}`)
			id := got.export(t).text("id")
			if want := "https://api.rebilly.com/organization-exports/" + id; got.status != http.StatusCreated || got.header.Get("Location") != want {
				t.Errorf("got %d and the location %s, want 201 and %s", got.status, got.header.Get("Location"), want)
			}
			if read := get(t, api, prefix+"/organization-exports/"+id); read.status != http.StatusOK {
				t.Errorf("reading %s: got %d %s", id, read.status, read.body)
			}
			expectNoViolations(t, api)
		})
	}
}

func TestAPI_remove(t *testing.T) {
	t.Parallel()
	api := New()
	api.Add(DefaultOrganization, Completed("x", Created))
	api.Add("org_acme", Completed("x", Created))
	api.Remove(DefaultOrganization, "x")
	for path, want := range map[string]int{"/organization-exports/x": 404, "/organizations/org_acme/organization-exports/x": 200} {
		if got := get(t, api, path); got.status != want {
			t.Errorf("%s: got %d, want %d", path, got.status, want)
		}
	}
}

func TestAPI_list(t *testing.T) {
	t.Parallel()
	api := New()
	for day, id := range []string{"a", "b", "c", "d"} {
		api.Add(DefaultOrganization, Completed(id, Created.AddDate(0, 0, day)))
	}
	api.Add(DefaultOrganization, Queued("e", Created.AddDate(0, 0, 4)))
	tests := map[string]string{
		"":                                 "abcde 5",
		"?limit=2":                         "ab 5",
		"?limit=2&offset=3":                "de 5",
		"?offset=9":                        " 5",
		"?sort=-createdTime":               "edcba 5",
		"?sort=status,-id":                 "dcbae 5",
		"?filter=status:completed":         "abcd 4",
		"?filter=status:!completed":        "e 1",
		"?filter=id:a,c":                   "ac 2",
		"?filter=id:!a,!c":                 "bde 3",
		"?filter=status:queued%3Bid:e":     "e 1",
		"?filter=status:queued%3Bid:a":     " 0",
		"?filter=createdTime:2026-03-16..": "cde 3",
		"?filter=createdTime:2026-03-16..2026-03-17T23:59:59Z": "cd 2",
		"?q=usr_":   "abcde 5",
		"?q=nobody": " 0",
	}
	for query, want := range tests {
		t.Run("query "+query, func(t *testing.T) {
			t.Parallel()
			page := get(t, api, "/organization-exports"+query)
			var exports []Export
			if err := json.Unmarshal([]byte(page.body), &exports); err != nil {
				t.Fatalf("%v: %s", err, page.body)
			}
			var got strings.Builder
			for _, export := range exports {
				got.WriteString(export.text("id"))
			}
			got.WriteString(" " + page.header.Get("Pagination-Total"))
			if got.String() != want {
				t.Errorf("got %q, want %q", got.String(), want)
			}
		})
	}
	t.Cleanup(func() { expectNoViolations(t, api) })
}

func TestTransport_panicsAsTheHandlerDoes(t *testing.T) {
	t.Parallel()
	reason := errors.New("a defect")
	defer func() {
		if recovered, ok := recover().(error); !ok || !errors.Is(recovered, reason) {
			t.Errorf("recovered %v", recovered)
		}
	}()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	response, err := Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(reason) })).RoundTrip(request)
	t.Errorf("got %v and %v", response, err)
}

func TestTransport_sendsNothingAfterTheContextEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	api := New()
	if _, err := sendWith(ctx, api, http.MethodPost, "/organization-exports", "{}"); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want %v", err, context.Canceled)
	}
	if requests := api.Requests(); len(requests) != 0 {
		t.Errorf("the API received %v", requests)
	}
}
