package main

import (
	"context"
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

// api serves prepared responses of the fake API over TLS and HTTP/2, each after
// the latency. The fake builds and checks them before anything is measured, so its
// own work is not part of the results.
type api struct {
	server      *httptest.Server
	certificate string
	responses   map[string]*httptest.ResponseRecorder

	requests, connections atomic.Int64
}

// exportID returns the ID of the export with the given number.
func exportID(number int) string { return fmt.Sprintf("org_exp_%05d", number) }

// organizationWith returns the ID of the organization that has count exports.
func organizationWith(count int) string { return fmt.Sprintf("org_%d", count) }

func newAPI(ctx context.Context, o options) (*api, error) {
	fake := rebillytest.New()
	a := &api{responses: map[string]*httptest.ResponseRecorder{}}
	prepare := func(path string) error {
		request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		request.Header.Set("REB-APIKEY", rebillytest.SecretKey)
		response := httptest.NewRecorder()
		fake.ServeHTTP(response, request)
		if response.Code != http.StatusOK {
			return fmt.Errorf("the fake API returned %d for %s: %s", response.Code, path, response.Body)
		}
		a.responses[requestKey(request)] = response

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
		if count > listLimit {
			continue
		}
		for number := range count {
			fake.Add(organizationWith(count), rebillytest.Completed(exportID(number), rebillytest.Created))
		}
		path := fmt.Sprintf("/organizations/%s/organization-exports?limit=%d", organizationWith(count), pageLimit)
		for _, page := range []string{path, fmt.Sprintf("%s&offset=%d", path, pageLimit)} {
			if err := prepare(page); err != nil {
				return nil, err
			}
		}
	}

	a.server = httptest.NewUnstartedServer(a)
	a.server.EnableHTTP2 = true
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

// requestKey returns the path and the sorted query parameters of a request.
func requestKey(request *http.Request) string {
	return request.URL.Path + "?" + request.URL.Query().Encode()
}

// ServeHTTP implements http.Handler.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.requests.Add(1)
	time.Sleep(latency)
	response, ok := a.responses[requestKey(r)]
	if !ok || r.Method != http.MethodGet || r.Header.Get("REB-APIKEY") != rebillytest.SecretKey {
		http.Error(w, "no prepared response for "+r.Method+" "+requestKey(r), http.StatusTeapot)

		return
	}
	maps.Copy(w.Header(), response.Header())
	_, _ = w.Write(response.Body.Bytes())
}

// reset closes all connections and sets the counters to zero.
func (a *api) reset() {
	a.server.CloseClientConnections()
	a.requests.Store(0)
	a.connections.Store(0)
}
