package rebilly

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestRequestsThatBeginTogetherShareOneConnection(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, transport := serve(t, api)
	var dialed atomic.Int32
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialed.Add(1)

		return dial(ctx, network, address)
	}
	client := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, transport })
	var readers sync.WaitGroup
	for range 20 {
		readers.Go(func() {
			if _, err := client.GetOrganizationExport(t.Context(), exportID); err != nil {
				t.Error(err)
			}
		})
	}
	readers.Wait()
	if got := dialed.Load(); got != 1 {
		t.Errorf("%d connections were made", got)
	}
}

func TestAFirstRequestThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	failing := atomic.Bool{}
	failing.Store(true)
	client := newTestClient(t, api, func(c *Config) {
		c.MaxRetries = 0
		c.Transport = roundTripFunc(func(request *http.Request) (*http.Response, error) {
			if failing.Swap(false) {
				return nil, errors.New("no connection")
			}

			return rebillytest.Transport(api).RoundTrip(request)
		})
	})
	if _, err := client.GetOrganizationExport(t.Context(), exportID); err == nil {
		t.Error("the first request did not fail")
	}
	if _, err := client.GetOrganizationExport(t.Context(), exportID); err != nil {
		t.Error(err)
	}
}

// closable is a body that knows whether it was closed.
type closable struct {
	io.Reader

	closed bool
}

func (c *closable) Close() error {
	c.closed = true

	return nil
}

func TestARequestThatWaitsForTheFirstEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		ends := make(chan struct{})
		transport := newOneFirst(roundTripFunc(func(*http.Request) (*http.Response, error) {
			<-ends

			return nil, errors.New("no connection")
		}))
		post := func(ctx context.Context) (*closable, error) {
			body := &closable{Reader: strings.NewReader("{}")}
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, LiveBaseURL, body)
			if err != nil {
				t.Fatal(err)
			}
			response, err := transport.RoundTrip(request)
			if response != nil {
				_ = response.Body.Close()
			}

			return body, err
		}
		go func() { _, _ = post(t.Context()) }()
		synctest.Wait()
		start := time.Now()
		body, err := post(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("it ended after %s with %v", time.Since(start), err)
		}
		if !body.closed {
			t.Error("its body is still open")
		}
		close(ends)
	})
}
