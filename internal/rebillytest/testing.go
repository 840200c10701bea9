package rebillytest

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"time"
)

// ExportID is the id of the export that NewFor makes.
const ExportID = "org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"

// Created is when the exports of tests were requested.
var Created = time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)

// TB is what is used of testing.TB. The package testing itself is left out of
// the commands that serve the fake.
type TB interface {
	Helper()
	Cleanup(end func())
	Errorf(format string, arguments ...any)
}

// NewFor returns a fake API for a test, with the completed export ExportID in
// the default organization. The test fails where the contract is broken.
func NewFor(t TB) *API {
	t.Helper()
	api := New()
	api.Add(DefaultOrganization, Completed(ExportID, Created))
	t.Cleanup(func() {
		for _, violation := range api.Violations() {
			t.Errorf("the contract was broken: %s", violation)
		}
	})

	return api
}

// NewWaitingFor returns a fake API for a test like NewFor, with the export "x"
// too, which is read three times, pending, queued and processing, before it
// ends with the given status.
func NewWaitingFor(t TB, end string) *API {
	t.Helper()
	api := NewFor(t)
	api.Add(DefaultOrganization, Queued("x", Created),
		Stage{StatusPending, 1}, Stage{StatusQueued, 1}, Stage{StatusProcessing, 1}, Stage{end, 0})

	return api
}

// ServeTLS serves handler over TLS, with HTTP/2, until the test ends. It
// returns the URL and what a client must know to trust the certificate.
func ServeTLS(t TB, handler http.Handler) (string, *tls.Config) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())

	return server.URL, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}
