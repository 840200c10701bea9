package rebillytest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// ask sends a request with the secret key to api, and returns the answer and
// its body.
func ask(t *testing.T, api *API, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
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
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}

	return response, string(answer)
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		headers []string
		want    int
	}{
		"secret key":      {[]string{"REB-APIKEY", SecretKey}, 200},
		"JWT":             {[]string{"Authorization", "Bearer " + JWT}, 200},
		"none":            {[]string{"Accept", "application/json"}, 401},
		"unknown key":     {[]string{"REB-APIKEY", "sk_unknown"}, 401},
		"JWT as it is":    {[]string{"Authorization", JWT}, 401},
		"both":            {[]string{"REB-APIKEY", SecretKey, "Authorization", "Bearer " + JWT}, 401},
		"no permission":   {[]string{"REB-APIKEY", ForbiddenKey}, 403},
		"key as a bearer": {[]string{"Authorization", "Bearer " + SecretKey}, 401},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := New()
			api.Add(DefaultOrganization, Completed("x", Created))
			response, body := ask(t, api, http.MethodGet, "/organization-exports/x", "", test.headers...)
			if response.StatusCode != test.want {
				t.Errorf("got %d: %s", response.StatusCode, body)
			}
			mustKeepTheContract(t, api)
		})
	}
}

func mustKeepTheContract(t *testing.T, api *API) {
	t.Helper()
	for _, violation := range api.Violations() {
		t.Errorf("the contract was broken: %s", violation)
	}
}

func TestOrganizationsHaveExportsOfTheirOwn(t *testing.T) {
	t.Parallel()
	api := New()
	api.Add("org_eu", Completed("x", Created))
	for path, want := range map[string]int{
		"/organizations/org_eu/organization-exports/x": 200,
		"/organizations/org_us/organization-exports/x": 404,
		"/organization-exports/x":                      404,
	} {
		if response, _ := ask(t, api, http.MethodGet, path, ""); response.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, response.StatusCode, want)
		}
	}
	mustKeepTheContract(t, api)
}

func TestALifeCycleGoesOnAsTheExportIsRead(t *testing.T) {
	t.Parallel()
	api := New()
	api.SetLifeCycle(Stage{StatusQueued, 2}, Stage{StatusProcessing, 1}, Stage{StatusCompleted, 0})
	response, body := ask(t, api, http.MethodPost, "/organization-exports", `{"includeFiles":false}`)
	if response.StatusCode != http.StatusCreated || !strings.Contains(response.Header.Get("Location"), "/organization-exports/org_exp_") {
		t.Fatalf("got %d %v %s", response.StatusCode, response.Header, body)
	}
	var export Export
	if err := json.Unmarshal([]byte(body), &export); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{StatusQueued, StatusQueued, StatusProcessing, StatusCompleted, StatusCompleted} {
		_, body := ask(t, api, http.MethodGet, "/organization-exports/"+export.text("id"), "")
		if !strings.Contains(body, `"status":"`+want+`"`) {
			t.Errorf("want %s, got %s", want, body)
		}
	}
	mustKeepTheContract(t, api)
}

func TestASignedLinkIsAnotherOneAtEveryRead(t *testing.T) {
	t.Parallel()
	api := New()
	api.Add(DefaultOrganization, Completed("x", Created))
	_, first := ask(t, api, http.MethodGet, "/organization-exports/x", "")
	_, second := ask(t, api, http.MethodGet, "/organization-exports/x", "")
	if !strings.Contains(first, SignedLinkSecret) || first == second {
		t.Errorf("got %s and %s", first, second)
	}
}

func TestACollectionIsSelectedSortedAndPaged(t *testing.T) {
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
		response, body := ask(t, api, http.MethodGet, "/organization-exports"+query, "")
		var exports []Export
		if err := json.Unmarshal([]byte(body), &exports); err != nil {
			t.Errorf("%s: %v: %s", query, err, body)
		}
		var got strings.Builder
		for _, export := range exports {
			got.WriteString(export.text("id"))
		}
		got.WriteString(" " + response.Header.Get("Pagination-Total"))
		if got.String() != want {
			t.Errorf("%s: got %q, want %q", query, got.String(), want)
		}
	}
	mustKeepTheContract(t, api)
}

func TestARequestThatBreaksTheContractIsAViolation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ method, path, body string }{
		"unknown path":          {http.MethodGet, "/customers", ""},
		"unknown method":        {http.MethodDelete, "/organization-exports/x", ""},
		"id too long":           {http.MethodGet, "/organization-exports/" + strings.Repeat("x", 51), ""},
		"id with a space":       {http.MethodGet, "/organization-exports/a%20b", ""},
		"limit too large":       {http.MethodGet, "/organization-exports?limit=1001", ""},
		"limit no number":       {http.MethodGet, "/organization-exports?limit=all", ""},
		"offset too large":      {http.MethodGet, "/organization-exports?offset=1001", ""},
		"field of another type": {http.MethodPost, "/organization-exports", `{"includeFiles":"yes"}`},
		"unknown field":         {http.MethodPost, "/organization-exports", `{"files":true}`},
		"no JSON":               {http.MethodPost, "/organization-exports", `includeFiles`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := New()
			response, body := ask(t, api, test.method, test.path, test.body)
			if response.StatusCode != http.StatusBadRequest || len(api.Violations()) != 1 {
				t.Errorf("got %d %s and the violations %v", response.StatusCode, body, api.Violations())
			}
		})
	}
}

func TestAnAnswerThatBreaksTheContractIsAViolation(t *testing.T) {
	t.Parallel()
	good := Completed("x", Created)
	tests := map[string]Export{
		"unknown status":       good.With("status", "archived"),
		"id too long":          Completed("x", Created).With("userId", strings.Repeat("x", 51)),
		"number for a string":  good.With("fileId", 7),
		"no time":              good.With("createdTime", "yesterday"),
		"negative count":       good.With("resources", []any{resource("users", -1)}),
		"unknown resource":     good.With("resources", []any{resource("subscriptions", 1)}),
		"fraction for a count": good.With("resources", []any{map[string]any{"type": "users", "recordCount": 1.5}}),
		"object for a list":    good.With("resources", map[string]any{}),
		"unknown kind of link": good.With("_links", []any{link("audit", "https://api.rebilly.com")}),
	}
	for name, export := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := New()
			api.Add(DefaultOrganization, export)
			response, body := ask(t, api, http.MethodGet, "/organization-exports/x", "")
			if response.StatusCode != http.StatusInternalServerError || len(api.Violations()) != 1 {
				t.Errorf("got %d %s and the violations %v", response.StatusCode, body, api.Violations())
			}
		})
	}
	for _, export := range []Export{good, good.Without("resources").Without("fileId"), good.With("resources", nil).With("_links", nil), good.With("resources", []any{resource("users", 1<<63-1)})} {
		api := New()
		api.Add(DefaultOrganization, export)
		if response, body := ask(t, api, http.MethodGet, "/organization-exports/x", ""); response.StatusCode != http.StatusOK {
			t.Errorf("got %d %s", response.StatusCode, body)
		}
		mustKeepTheContract(t, api)
	}
}

func TestFaultsAreUsedInOrderAndThenTheAPIAnswersAgain(t *testing.T) {
	t.Parallel()
	api := New()
	api.Add(DefaultOrganization, Completed("x", Created))
	api.Fail(Problem(503, "Service Unavailable", ""), RateLimited(Created), JSON(`{"status":"archived"}`), Redirect(302, "/elsewhere"))
	for _, want := range []int{503, 429, 200, 302, 200} {
		if response, body := ask(t, api, http.MethodGet, "/organization-exports/x", ""); response.StatusCode != want {
			t.Errorf("got %d %s, want %d", response.StatusCode, body, want)
		}
	}
	mustKeepTheContract(t, api)
	if got := len(api.Requests()); got != 5 {
		t.Errorf("%d requests were recorded", got)
	}
}

func TestAHandlerThatPanicsForAnotherReasonPanics(t *testing.T) {
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
