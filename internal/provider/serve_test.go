package provider

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// contextsKept reads an export 100 times through a server, each time in two
// contexts of its own, and returns how many of these are still in memory.
func contextsKept(t *testing.T, wrap func(frameworkServer) tfprotov6.ProviderServer) (kept int) {
	t.Helper()
	const reads = 100
	terraform := configured(t, rebillytest.NewFor(t), nil)
	wrapped := wrap(terraform.wrapped().frameworkServer)
	config := terraform.object(terraform.schema.DataSourceSchemas[objectType], values{"id": exportID})
	var freed atomic.Int32
	observed := func() context.Context {
		held := new([1024]byte)
		runtime.AddCleanup(held, func(struct{}) { freed.Add(1) }, struct{}{})
		type key struct{}

		return context.WithValue(t.Context(), key{}, held)
	}
	for range reads {
		if _, err := wrapped.ValidateDataResourceConfig(observed(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: objectType, Config: config}); err != nil {
			t.Fatal(err)
		}
		response, err := wrapped.ReadDataSource(observed(), &tfprotov6.ReadDataSourceRequest{TypeName: objectType, Config: config})
		if err != nil || len(response.Diagnostics) > 0 {
			t.Fatal(err, messages(response.Diagnostics))
		}
	}
	// Cleanups run a moment after the collection.
	for late := time.Now().Add(time.Second); freed.Load() < 2*reads && time.Now().Before(late); {
		runtime.GC()
	}
	runtime.KeepAlive(wrapped)

	return 2*reads - int(freed.Load())
}

// The type wrappedServer is needed only as long as the framework keeps contexts.
func TestServer_keepsNoContext(t *testing.T) {
	t.Parallel()
	if kept := contextsKept(t, func(framework frameworkServer) tfprotov6.ProviderServer {
		return wrappedServer{frameworkServer: framework}
	}); kept > 10 {
		t.Errorf("%d of 200 contexts are still in memory", kept)
	}
	if kept := contextsKept(t, func(framework frameworkServer) tfprotov6.ProviderServer { return framework }); kept < 190 {
		t.Errorf("%d of 200 contexts are still in memory: the framework's leak is fixed, so the type wrappedServer can be removed", kept)
	}
}

func TestServer_readContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	request, interrupt := context.WithCancel(context.WithValue(t.Context(), key{}, "logger"))
	defer interrupt()

	logging, _ := wrappedServer{logs: true}.readContext(request)
	if logging.Value(key{}) != "logger" {
		t.Error("a request with logs has lost its logger")
	}
	released, release := wrappedServer{}.readContext(request)
	interrupted, _ := wrappedServer{}.readContext(request)
	if released.Value(key{}) != nil || released.Err() != nil {
		t.Errorf("a request without logs has the value %v and the error %v", released.Value(key{}), released.Err())
	}
	release()
	if !errors.Is(released.Err(), context.Canceled) || interrupted.Err() != nil {
		t.Error("only a released context must end")
	}
	interrupt()
	<-interrupted.Done()
}

// The process must not exit while an export is being requested.
func TestInFlight_waitsForAllOperations(t *testing.T) {
	t.Parallel()
	var operations inFlight
	operations.wait() // Nothing is in flight.

	first, second := operations.begin(), operations.begin()
	waited := make(chan struct{})
	go func() {
		operations.wait()
		close(waited)
	}()
	first()
	select {
	case <-waited:
		t.Error("it did not wait for the second operation")
	case <-time.After(20 * time.Millisecond):
	}
	second()
	<-waited
	operations.begin()()
}
