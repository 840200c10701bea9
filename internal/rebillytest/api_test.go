package rebillytest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// received is a response with its body.
type received struct {
	status int
	header http.Header
	body   string
}

// roundTrip sends a request to handler without a network. The error is that of the
// request, or of reading the body.
func roundTrip(ctx context.Context, handler http.Handler, method, url, body string, headers ...string) (received, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return received{}, err
	}
	if body == "" {
		request.Body = nil
	}
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	response, err := Transport(handler).RoundTrip(request)
	if err != nil {
		return received{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)

	return received{response.StatusCode, response.Header, string(text)}, err
}

// send sends a request to api. Without headers it sends the secret API key.
func send(t *testing.T, api *API, method, path, body string, headers ...string) received {
	t.Helper()
	if len(headers) == 0 {
		headers = []string{"REB-APIKEY", SecretKey}
	}
	if body != "" {
		headers = append(headers, "Content-Type", "application/json")
	}
	got, err := roundTrip(t.Context(), api, method, "http://127.0.0.1"+path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}

	return got
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

func TestAPI_authentication(t *testing.T) {
	t.Parallel()
	for want, headers := range map[int][][]string{
		200: {{"REB-APIKEY", SecretKey}, {"Authorization", "Bearer " + JWT}},
		401: {
			{"Accept", "application/json"},
			{"REB-APIKEY", "sk_unknown"},
			{"Authorization", JWT},
			{"Authorization", "Bearer " + SecretKey},
			{"REB-APIKEY", SecretKey, "Authorization", "Bearer " + JWT},
		},
		403: {{"REB-APIKEY", ForbiddenKey}},
	} {
		for _, header := range headers {
			if got := send(t, NewFor(t), http.MethodGet, "/organization-exports/"+ExportID, "", header...); got.status != want {
				t.Errorf("%s: got %d %s, want %d", header, got.status, got.body, want)
			}
		}
	}
}

func TestAPI_organizationsAreSeparate(t *testing.T) {
	t.Parallel()
	api := NewFor(t)
	api.Add("org_acme", Completed("x", Created))
	requested := send(t, api, http.MethodPost, "/organizations/org_globex/organization-exports", "{}").export(t).text("id")
	none := get(t, New(), "/organizations/org_other/organization-exports/x")
	for organization, own := range map[string]string{
		"/organizations/org_acme": "x", "/organizations/org_globex": requested, "/organizations/" + DefaultOrganization: ExportID, "": ExportID, "/organizations/org_other": "",
	} {
		for _, id := range []string{"x", requested, ExportID, "none"} {
			want := http.StatusNotFound
			if id == own {
				want = http.StatusOK
			}
			got := get(t, api, organization+"/organization-exports/"+id)
			if got.status != want {
				t.Errorf("%s in %s: got %d %s, want %d", id, organization, got.status, got.body, want)
			}
			// A 404 must not tell whether another organization has the export.
			if want == http.StatusNotFound && id == "x" && got.body != none.body {
				t.Errorf("got %s, and %s if no organization has the export", got.body, none.body)
			}
		}
		got := get(t, api, organization+"/organization-exports")
		if own == "" && got.body != "[]\n" || own != "" && (strings.Count(got.body, `"id"`) != 1 || !strings.Contains(got.body, `"id":"`+own+`"`)) {
			t.Errorf("%s has %s, want only %q", organization, got.body, own)
		}
	}
}

func TestAPI_createAndRemove(t *testing.T) {
	t.Parallel()
	for prefix, organization := range map[string]string{"": DefaultOrganization, "/organizations/org_acme": "org_acme"} {
		api := NewFor(t)
		got := send(t, api, http.MethodPost, prefix+"/organization-exports", `{"includeFiles":false}`)
		id := got.export(t).text("id")
		if want := "https://api.rebilly.com/organization-exports/" + id; got.status != http.StatusCreated || got.header.Get("Location") != want {
			t.Errorf("got %d and the location %s, want 201 and %s", got.status, got.header.Get("Location"), want)
		}
		api.Remove("org_other", id)
		if read := get(t, api, prefix+"/organization-exports/"+id); read.status != http.StatusOK {
			t.Errorf("reading %s: got %d %s", id, read.status, read.body)
		}
		api.Remove(organization, id)
		if read := get(t, api, prefix+"/organization-exports/"+id); read.status != http.StatusNotFound {
			t.Errorf("reading %s, which is removed: got %d", id, read.status)
		}
	}
}

func TestAPI_list(t *testing.T) {
	t.Parallel()
	api := NewFor(t)
	api.Remove(DefaultOrganization, ExportID)
	for day, id := range []string{"a", "b", "c", "d"} {
		api.Add(DefaultOrganization, Completed(id, Created.AddDate(0, 0, day)))
	}
	api.Add(DefaultOrganization, Queued("e", Created.AddDate(0, 0, 4)))
	for query, want := range map[string]string{
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
	} {
		page := get(t, api, "/organization-exports"+query)
		var exports []Export
		if err := json.Unmarshal([]byte(page.body), &exports); err != nil {
			t.Fatalf("%v: %s", err, page.body)
		}
		ids := []string{}
		for _, export := range exports {
			ids = append(ids, export.text("id"))
		}
		if got := strings.Join(ids, "") + " " + page.header.Get("Pagination-Total"); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestTransport_panicsAsTheHandlerDoes(t *testing.T) {
	t.Parallel()
	reason := errors.New("a defect")
	defer func() {
		if recovered, ok := recover().(error); !ok || !errors.Is(recovered, reason) {
			t.Errorf("recovered %v", recovered)
		}
	}()
	got, err := roundTrip(t.Context(), http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(reason) }), http.MethodGet, "http://127.0.0.1/", "")
	t.Errorf("got %v and %v", got, err)
}

func TestTransport_sendsNothingAfterTheContextEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	api := New()
	_, err := roundTrip(ctx, api, http.MethodPost, "http://127.0.0.1/organization-exports", "{}")
	if requests := api.Requests(); !errors.Is(err, context.Canceled) || len(requests) != 0 {
		t.Errorf("got the error %v, and the API received %v", err, requests)
	}
}
