package rebilly

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// fragileConnection can go silent, as if a firewall dropped its state: nothing that
// either end sends arrives, and nobody closes it.
type fragileConnection struct {
	net.Conn

	silent atomic.Bool
}

func (c *fragileConnection) Read(data []byte) (int, error) {
	for {
		if count, err := c.Conn.Read(data); err != nil || !c.silent.Load() {
			return count, err
		}
	}
}

func (c *fragileConnection) Write(data []byte) (int, error) {
	if c.silent.Load() {
		return len(data), nil
	}

	return c.Conn.Write(data)
}

func TestNewTransport_deadConnection(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, transport := serveTLS(t, api)
	dialed := make(chan *fragileConnection, 10)
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := new(net.Dialer).DialContext(ctx, network, address)
		fragile := &fragileConnection{Conn: connection}
		dialed <- fragile

		return fragile, err
	}
	if total := transport.HTTP2.SendPingTimeout + transport.HTTP2.PingTimeout; total > 15*time.Second {
		t.Errorf("a dead connection is closed after %s, want at most 15s", total)
	}
	transport.HTTP2.SendPingTimeout, transport.HTTP2.PingTimeout = 50*time.Millisecond, 450*time.Millisecond
	client := newTestClient(t, nil, func(c *Config) {
		c.BaseURL, c.Transport = address, transport
		c.RequestTimeout = 3 * time.Second
		c.RetryWait = 1
	})
	for range 2 {
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
			t.Fatal(err)
		}
		select {
		case connection := <-dialed:
			connection.silent.Store(true)
		default:
			t.Fatal("a dead connection was used again")
		}
	}
	for _, request := range api.Requests() {
		if request.Proto != "HTTP/2.0" {
			t.Errorf("the protocol was %s", request.Proto)
		}
	}
}

func TestTransport_limitsHeaders(t *testing.T) {
	t.Parallel()
	for size, refused := range map[int]bool{512 << 10: false, 2 << 20: true} {
		api := rebillytest.NewFor(t)
		address, transport := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Padding", strings.Repeat("x", size))
			api.ServeHTTP(w, r)
		}))
		client := newTestClient(t, api, maxRetries(0), func(c *Config) { c.BaseURL, c.Transport = address, transport })
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); (err != nil) != refused {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
}

func TestNewTransport_keepsConnections(t *testing.T) {
	t.Parallel()
	const parallelism = 50
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		// Every request of a round waits for all others, so each needs its own
		// connection.
		var together sync.WaitGroup
		network, inMemory := serveInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			together.Done()
			together.Wait()
			api.ServeHTTP(w, r)
		}))
		client := newTestClient(t, nil, inMemory)
		for range 3 {
			together.Add(parallelism)
			var readers sync.WaitGroup
			for range parallelism {
				readers.Go(func() {
					if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
						t.Error(err)
					}
				})
			}
			readers.Wait()
		}
		if got := network.Dials(); got > parallelism {
			t.Errorf("%d connections were made for %d requests, %d at a time", got, 3*parallelism, parallelism)
		}
	})
}

// net/http reads the proxy's variables once in a process. The test runs itself
// again, in a process that has them.
func TestNewTransport_proxy(t *testing.T) {
	t.Parallel()
	const inside = "REBILLY_TEST_BEHIND_PROXY"
	if os.Getenv(inside) != "" {
		client := newTestClient(t, nil, maxRetries(0), func(c *Config) { c.Transport = nil })
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err == nil {
			t.Error("the proxy let the request pass")
		}

		return
	}

	var received atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received.Store(r.Method + " " + r.Host)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), inside+"=1", "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got := received.Load(); got != "CONNECT api.rebilly.com:443" {
		t.Errorf("the proxy received %v", got)
	}
}

func TestTransport_logsEveryAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.Cut(), withHeader(http.StatusBadGateway, "X-Request-Id", "req_1 "+rebillytest.SecretKey))
		var log logBuffer
		client := newTestClient(t, api, func(c *Config) { c.Logger = log.logger() })
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
			t.Fatal(err)
		}
		mustNotShow(t, "the log", log.String())
		const (
			attempt = `\{"time":"\S+","level":"DEBUG","msg":"Rebilly API request","method":"GET","path":"/organization-exports/` + exportID + `","attempt":`
			retry   = `\{"time":"\S+","level":"WARN","msg":"Retrying a Rebilly API request","delay":\d+,"error":".+"\}\n`
		)
		want := `^` + attempt + `1,"duration":\d+,"error":"read tcp: connection reset by peer"\}\n` + retry +
			attempt + `2,"duration":\d+,"status":502,"request_id":"req_1 \*\*\*"\}\n` + retry +
			attempt + `3,"duration":\d+,"status":200,"request_id":""\}\n$`
		if !regexp.MustCompile(want).MatchString(log.String()) {
			t.Errorf("got the log %s, want %s", log.String(), want)
		}
	})
}

// A credential that was pasted as an ID is a part of the path.
func TestTransport_hidesTheCredentialInThePath(t *testing.T) {
	t.Parallel()
	const secret = "key-of-an-older-kind"
	var log logBuffer
	client := newTestClient(t, rebillytest.NewFor(t), func(c *Config) { c.Logger, c.Credential = log.logger(), SecretKey(secret) })
	_, err := client.GetOrganizationExport(t.Context(), "", secret)
	if err == nil || !strings.Contains(log.String(), "/organization-exports/***") || strings.Contains(log.String(), secret) {
		t.Errorf("got %v and the log %s", err, log.String())
	}
}

func TestClient_redirectOnTheSameHost(t *testing.T) {
	t.Parallel()
	const path = "/organization-exports/" + exportID
	for _, target := range []string{path, LiveBaseURL + path, "https://API.rebilly.com:443" + path} {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.Redirect(http.StatusTemporaryRedirect, target))
		_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID)
		if sent := len(api.Requests()); err != nil || sent != 2 {
			t.Errorf("%s: got %v after %d requests", target, err, sent)
		}
	}
}

func TestClient_redirectRefused(t *testing.T) {
	t.Parallel()
	const elsewhere = "it is another host, which would receive the credential"
	for target, want := range map[string]RedirectError{
		"https://collector.example.com/x?key=" + rebillytest.SecretKey: {"https://collector.example.com:443", false, elsewhere},
		"https://eu.api.rebilly.com/x":                                 {"https://eu.api.rebilly.com:443", false, elsewhere},
		"https://api.rebilly.com:8443/x":                               {"https://api.rebilly.com:8443", false, elsewhere},
		"http://api.rebilly.com/x":                                     {"http://api.rebilly.com:80", false, "the connection would not be encrypted"},
		"https://" + rebillytest.SecretKey + ".example.com/":           {"https://***.example.com:443", false, elsewhere},
		"/organization-exports/" + exportID:                            {"https://api.rebilly.com:443", true, "there were too many redirects"},
	} {
		api := rebillytest.NewFor(t)
		api.FailAlways(rebillytest.Redirect(http.StatusFound, target))
		_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID)
		requests := map[bool]int{true: maxRedirects + 1, false: 1}[want.OnSameHost]
		if refused, ok := errors.AsType[*RedirectError](err); !ok || *refused != want || len(api.Requests()) != requests {
			t.Errorf("%s: got %v after %d requests", target, err, len(api.Requests()))
		}
	}
}
