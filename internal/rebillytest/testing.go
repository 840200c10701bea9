package rebillytest

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"time"
)

// ExportID is the ID of the export that NewFor adds.
const ExportID = "org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"

// Created is when the exports of tests were requested.
var Created = time.Date(2026, time.March, 14, 9, 26, 53, 0, time.UTC)

// TB has the methods of testing.TB that this package uses. Commands that serve
// the fake do not link the package testing.
type TB interface {
	Helper()
	Cleanup(end func())
	Errorf(format string, arguments ...any)
}

// NewFor returns a fake for a test, with the completed export ExportID in the
// default organization. The test fails if the fake has violations when it ends.
func NewFor(t TB) *API {
	t.Helper()
	api := New()
	api.Add(DefaultOrganization, Completed(ExportID, Created))
	t.Cleanup(func() {
		for _, violation := range api.Violations() {
			t.Errorf("does not conform to openapi.yaml: %s", violation)
		}
	})

	return api
}

// NewWaitingFor returns a fake like NewFor's that also has the export "x". The
// export is pending, queued, and processing for one read each. Then it has the
// given status.
func NewWaitingFor(t TB, end string) *API {
	t.Helper()
	api := NewFor(t)
	api.Add(DefaultOrganization, Queued("x", Created),
		Stage{Status: StatusPending, Reads: 1}, Stage{Status: StatusQueued, Reads: 1}, Stage{Status: StatusProcessing, Reads: 1}, Stage{Status: end, Reads: 0})

	return api
}

// ServeTLS serves handler over TLS and HTTP/2 until the test ends. It returns
// the server's URL and the TLS configuration for clients.
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
