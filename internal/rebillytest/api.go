// Package rebillytest provides a fake of Rebilly's "Organization data exports"
// API and of its file host, for tests, demos, and benchmarks. The fake keeps
// exports in memory, moves them through life cycles, and fails on demand. It
// validates every request and response of the API against openapi.yaml.
package rebillytest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Credentials that the fake accepts. None of them works anywhere else.
const (
	SecretKey = "sk_FAKE-KEY-THAT-MUST-NEVER-SHOW"
	JWT       = "eyJhbGciOiJub25lIn0.FAKE-TOKEN-THAT-MUST-NEVER-SHOW.c2ln"
	// ForbiddenKey is a valid secret API key without permissions.
	ForbiddenKey = "sk_FAKE-KEY-WITHOUT-PERMISSION"
)

// DefaultOrganization is the organization of the credentials. The fake uses it
// for paths that do not name an organization.
const DefaultOrganization = "org_default"

// Request is a request that the fake received.
type Request struct {
	Method string
	Path   string
	Query  string
	Header http.Header
	Body   string
	// Proto is the protocol of the request, such as "HTTP/2.0".
	Proto string
}

// API is the fake. It implements http.Handler and is safe for concurrent use.
type API struct {
	schema *schema
	mux    *http.ServeMux

	mu         sync.Mutex
	now        func() time.Time
	exports    map[string][]*record // by organization
	lifeCycle  []Stage
	faults     []*Fault
	always     *Fault
	requests   []Request
	violations []string
	files      files
}

// New returns a fake without exports. It panics if openapi.yaml is invalid,
// which is a defect of this package.
func New() *API {
	schema, err := loadSchema()
	if err != nil {
		panic(err)
	}
	api := &API{
		schema:    schema,
		mux:       http.NewServeMux(),
		now:       time.Now,
		exports:   map[string][]*record{},
		lifeCycle: LifeCycleTo(StatusCompleted),
		files:     newFiles(),
	}
	for _, prefix := range []string{"", "/organizations/{organization}"} {
		api.mux.HandleFunc("GET "+prefix+"/organization-exports", api.list)
		api.mux.HandleFunc("POST "+prefix+"/organization-exports", api.create)
		api.mux.HandleFunc("GET "+prefix+"/organization-exports/{id}", api.get)
		api.mux.HandleFunc("GET "+prefix+"/files/{id}", api.getFile)
	}

	return api
}

// SetClock sets the clock of the API: the Date of its responses and the times of
// its exports. The default is time.Now.
func (a *API) SetClock(now func() time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = now
}

// Fail makes the next requests receive the given faults, one request each.
// After them, the API responds as usual.
func (a *API) Fail(faults ...Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, fault := range faults {
		a.faults = append(a.faults, &fault)
	}
}

// FailAlways makes every request receive fault, after the faults of Fail.
func (a *API) FailAlways(fault Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.always = &fault
}

// Requests returns the requests received so far, in order.
func (a *API) Requests() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()

	return slices.Clone(a.requests)
}

// Violations returns an error text for every request and response so far that
// did not conform to openapi.yaml, except for the responses of RespondWith
// faults. Tests expect none.
func (a *API) Violations() []string {
	a.mu.Lock()
	defer a.mu.Unlock()

	return slices.Clone(a.violations)
}

// ServeHTTP implements http.Handler. It records a request or response that does
// not conform to openapi.yaml as a violation, and responds with 400 or 500.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, now, err := a.receive(r)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if err != nil {
		writeProblem(w, http.StatusBadRequest, "Bad Request", err.Error())

		return
	}
	input, err := a.schema.checkRequest(r)
	if err != nil {
		a.addViolation(err)
		writeProblem(w, http.StatusBadRequest, "Bad Request", err.Error())

		return
	}

	respond := a.authenticate
	if fault != nil {
		respond = fault.respond
	}
	if fault != nil && fault.unchecked {
		respond(w, r)

		return
	}
	recorded := httptest.NewRecorder()
	respond(recorded, r)
	if err := a.schema.checkResponse(r.Context(), input, recorded); err != nil {
		a.addViolation(err)
		writeProblem(w, http.StatusInternalServerError, "Invalid response of the fake API", err.Error())

		return
	}
	replay(w, recorded)
}

// receive records the request and returns the fault for it, or nil, and the
// current time.
func (a *API) receive(r *http.Request) (*Fault, time.Time, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading the request body: %w", err)
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))

	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, newRequest(r, string(body)))
	if len(a.faults) == 0 {
		return a.always, a.now(), nil
	}
	fault := a.faults[0]
	a.faults = a.faults[1:]

	return fault, a.now(), nil
}

func newRequest(r *http.Request, body string) Request {
	return Request{
		Method: r.Method,
		Path:   r.URL.Path,
		Query:  r.URL.RawQuery,
		Header: r.Header.Clone(),
		Body:   body,
		Proto:  r.Proto,
	}
}

func (a *API) addViolation(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.violations = append(a.violations, err.Error())
}

// authenticate passes requests with a valid credential on to the operations.
func (a *API) authenticate(w http.ResponseWriter, r *http.Request) {
	key, bearer := r.Header.Get("REB-APIKEY"), r.Header.Get("Authorization")
	switch {
	case key == ForbiddenKey:
		writeProblem(w, http.StatusForbidden, "Forbidden", "The credential lacks the permission to read organization exports.")
	case key == SecretKey && bearer == "", key == "" && bearer == "Bearer "+JWT:
		a.mux.ServeHTTP(w, r)
	default:
		writeProblem(w, http.StatusUnauthorized, "Unauthorized", "The credential is missing or not known.")
	}
}

// replay writes a recorded response.
func replay(w http.ResponseWriter, recorded *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), recorded.Header())
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(recorded.Body.Bytes())
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// writeProblem writes problem details as described by RFC 9457.
func writeProblem(w http.ResponseWriter, status int, title, detail string) {
	writeJSON(w, status, map[string]any{
		"type":     "about:blank",
		"title":    title,
		"status":   status,
		"detail":   detail,
		"instance": "/problems/01HXC7MKK4GCS6WRRXY4X9CRMK",
	})
}
