package main

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// api is the fake API over TLS and HTTP/2, each answer after the latency. The
// fake makes and checks every answer once, before anything is measured, so that
// its own work is no part of what is.
type api struct {
	server      *httptest.Server
	certificate string
	latency     time.Duration
	answers     map[string]*httptest.ResponseRecorder

	requests, connections, handshakes atomic.Int64
}

// exportID is the id of the export with the given number.
func exportID(number int) string { return fmt.Sprintf("org_exp_%05d", number) }

// organizationOf is the organization that has so many exports.
func organizationOf(count int) string { return fmt.Sprintf("org_%d", count) }

func newAPI(ctx context.Context, o options) (*api, error) {
	fake := rebillytest.New()
	a := &api{latency: o.latency, answers: map[string]*httptest.ResponseRecorder{}}
	prepare := func(path string) error {
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		request.Header.Set("REB-APIKEY", rebillytest.SecretKey)
		answer := httptest.NewRecorder()
		fake.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK {
			return fmt.Errorf("the fake API answered %d to %s: %s", answer.Code, path, answer.Body)
		}
		a.answers[spelled(request)] = answer

		return nil
	}
	for number := range slices.Max(o.counts) {
		fake.Add(rebillytest.DefaultOrganization, rebillytest.Completed(exportID(number), rebillytest.Created))
		for _, path := range []string{"/organization-exports/" + exportID(number), "/organization-exports?filter=id:" + exportID(number)} {
			if err := prepare(path); err != nil {
				return nil, err
			}
		}
	}
	for _, count := range o.counts {
		if count > listed {
			continue
		}
		for number := range count {
			fake.Add(organizationOf(count), rebillytest.Completed(exportID(number), rebillytest.Created))
		}
		if err := prepare(fmt.Sprintf("/organizations/%s/organization-exports?limit=%d", organizationOf(count), listed)); err != nil {
			return nil, err
		}
	}

	a.server = httptest.NewUnstartedServer(a)
	a.server.EnableHTTP2 = true
	a.server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		a.handshakes.Add(1)

		return nil, nil
	}}
	a.server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			a.connections.Add(1)
		}
	}
	a.server.StartTLS()
	a.certificate = filepath.Join(o.work, "certificate.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.server.Certificate().Raw})

	return a, os.WriteFile(a.certificate, block, 0o600)
}

// spelled returns what is asked for, in one spelling of all that mean the same.
func spelled(request *http.Request) string {
	return request.URL.Path + "?" + request.URL.Query().Encode()
}

// ServeHTTP implements http.Handler.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.requests.Add(1)
	time.Sleep(a.latency)
	answer, ok := a.answers[spelled(r)]
	if !ok || r.Method != http.MethodGet || r.Header.Get("REB-APIKEY") != rebillytest.SecretKey {
		http.Error(w, "this was not prepared: "+r.Method+" "+spelled(r), http.StatusTeapot)

		return
	}
	maps.Copy(w.Header(), answer.Header())
	_, _ = w.Write(answer.Body.Bytes())
}

// reset begins counting anew, with no connection left over.
func (a *api) reset() {
	a.server.CloseClientConnections()
	a.requests.Store(0)
	a.connections.Store(0)
	a.handshakes.Store(0)
}
