// Package rebillytest is a fake of Rebilly's "Organization data exports" API
// for tests, demonstrations and benchmarks. It keeps exports in memory, moves
// them through life cycles, can be told to fail, and checks what it is asked
// and what it answers against its contract, openapi.yaml.
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

// What the fake API accepts. They are no real credentials.
const (
	SecretKey = "sk_sandbox_FAKE-KEY-THAT-MUST-NEVER-SHOW"
	JWT       = "eyJhbGciOiJub25lIn0.FAKE-TOKEN-THAT-MUST-NEVER-SHOW.c2ln"
	// ForbiddenKey is known, and may do nothing.
	ForbiddenKey = "sk_sandbox_FAKE-KEY-WITHOUT-PERMISSION"
	// DefaultOrganization is the one that paths without an organization mean.
	DefaultOrganization = "org_default"
)

// Request is what the API recorded of a request.
type Request struct {
	Method string
	Path   string
	Query  string
	Header http.Header
	Body   string
	// Proto is the protocol that it came by, such as "HTTP/2.0".
	Proto string
}

// API is the fake. It is an http.Handler, and safe for concurrent use.
type API struct {
	contract *contract
	mux      *http.ServeMux

	mu         sync.Mutex
	exports    map[string][]*record
	lifeCycle  []Stage
	faults     []*Fault
	always     *Fault
	requests   []Request
	violations []string
}

// New returns a fake API without exports. It panics where its own contract
// cannot be read, which is a defect of this package.
func New() *API {
	checked, err := loadContract()
	if err != nil {
		panic(err)
	}
	api := &API{
		contract:  checked,
		mux:       http.NewServeMux(),
		exports:   map[string][]*record{},
		lifeCycle: []Stage{{StatusQueued, 1}, {StatusProcessing, 1}, {StatusCompleted, 0}},
	}
	for _, prefix := range []string{"", "/organizations/{organization}"} {
		api.mux.HandleFunc("GET "+prefix+"/organization-exports", api.list)
		api.mux.HandleFunc("POST "+prefix+"/organization-exports", api.create)
		api.mux.HandleFunc("GET "+prefix+"/organization-exports/{id}", api.get)
	}

	return api
}

// Fail has the next requests answered by the given faults, one each, before
// the API answers as usual again.
func (a *API) Fail(faults ...Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, fault := range faults {
		a.faults = append(a.faults, &fault)
	}
}

// FailAlways has every request answered by fault once those of Fail are used.
func (a *API) FailAlways(fault Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.always = &fault
}

// Requests returns what was asked so far, in order.
func (a *API) Requests() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()

	return slices.Clone(a.requests)
}

// Violations returns how the contract was broken so far, by requests or by
// answers that are no off-contract faults. Tests expect none.
func (a *API) Violations() []string {
	a.mu.Lock()
	defer a.mu.Unlock()

	return slices.Clone(a.violations)
}

// ServeHTTP implements http.Handler. A request or an answer that breaks the
// contract is recorded as a violation and answered 400 or 500.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, err := a.receive(r)
	if err != nil {
		writeProblem(w, http.StatusBadRequest, "Bad Request", err.Error())

		return
	}
	input, err := a.contract.checkRequest(r)
	if err != nil {
		a.violate(err)
		writeProblem(w, http.StatusBadRequest, "Bad Request", err.Error())

		return
	}

	answer := a.authenticated
	if fault != nil {
		answer = fault.answer
	}
	if fault != nil && fault.offContract {
		answer(w, r)

		return
	}
	recorded := httptest.NewRecorder()
	answer(recorded, r)
	if err := a.contract.checkAnswer(r.Context(), input, recorded); err != nil {
		a.violate(err)
		writeProblem(w, http.StatusInternalServerError, "The fake API broke its contract", err.Error())

		return
	}
	maps.Copy(w.Header(), recorded.Header())
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(recorded.Body.Bytes())
}

// receive records the request and returns the fault to answer it with, if any.
func (a *API) receive(r *http.Request) (*Fault, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))

	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, Request{
		Method: r.Method,
		Path:   r.URL.Path,
		Query:  r.URL.RawQuery,
		Header: r.Header.Clone(),
		Body:   string(body),
		Proto:  r.Proto,
	})
	if len(a.faults) == 0 {
		return a.always, nil
	}
	fault := a.faults[0]
	a.faults = a.faults[1:]

	return fault, nil
}

func (a *API) violate(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.violations = append(a.violations, err.Error())
}

// authenticated answers requests with a known credential.
func (a *API) authenticated(w http.ResponseWriter, r *http.Request) {
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

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func writeProblem(w http.ResponseWriter, status int, title, detail string) {
	writeJSON(w, status, map[string]any{
		"type":     "about:blank",
		"title":    title,
		"status":   status,
		"detail":   detail,
		"instance": "/problems/01HXC7MKK4GCS6WRRXY4X9CRMK",
	})
}
