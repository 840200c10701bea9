package provider

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// reading reads an export so often through a server, each time in a context
// that holds something, and returns how many of these are still in memory.
func reading(t *testing.T, wrap func(tfprotov6.ProviderServer) tfprotov6.ProviderServer) (kept int) {
	t.Helper()
	const reads = 100
	terraform := configured(t, rebillytest.NewFor(t), nil)
	served := wrap(terraform.server)
	config := terraform.object(terraform.schema.DataSourceSchemas[objectType], values{"id": exportID})
	freed := make(chan struct{}, 2*reads)
	holding := func() context.Context {
		held := new([1024]byte)
		runtime.AddCleanup(held, func(struct{}) { freed <- struct{}{} }, struct{}{})
		type key struct{}

		return context.WithValue(t.Context(), key{}, held)
	}
	for range reads {
		if _, err := served.ValidateDataResourceConfig(holding(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: objectType, Config: config}); err != nil {
			t.Fatal(err)
		}
		answer, err := served.ReadDataSource(holding(), &tfprotov6.ReadDataSourceRequest{TypeName: objectType, Config: config})
		if err != nil || len(answer.Diagnostics) > 0 {
			t.Fatal(err, messages(answer.Diagnostics))
		}
	}
	for range 5 {
		runtime.GC()
	}
	// Cleanups run a moment after the collection.
	for late := time.After(time.Second); len(freed) < 2*reads; {
		select {
		case <-late:
			return 2*reads - len(freed)
		default:
			runtime.Gosched()
		}
	}
	runtime.KeepAlive(served)

	return 0
}

func TestNothingOfARequestIsKept(t *testing.T) {
	t.Parallel()
	if kept := reading(t, func(framework tfprotov6.ProviderServer) tfprotov6.ProviderServer { return server{framework} }); kept > 10 {
		t.Errorf("%d of 200 contexts are still in memory", kept)
	}
}

func TestTheFrameworkKeepsEveryContext(t *testing.T) {
	t.Parallel()
	if kept := reading(t, func(framework tfprotov6.ProviderServer) tfprotov6.ProviderServer { return framework }); kept < 190 {
		t.Errorf("%d of 200 contexts are still in memory: the framework has learned to let go, and server.go can go too", kept)
	}
}

func TestTheContextOfARequestIsItsParentUntilItEnds(t *testing.T) {
	t.Parallel()
	type key struct{}
	parent, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "held"), time.Hour)
	defer cancel()
	request, end := untilReturn(parent)
	deadline, ok := request.Deadline()
	want, _ := parent.Deadline()
	if !ok || !deadline.Equal(want) || request.Value(key{}) != "held" || request.Err() != nil || request.Done() != parent.Done() {
		t.Error("it differs from its parent")
	}
	end()
	if request.Value(key{}) != nil || !errors.Is(request.Err(), context.Canceled) {
		t.Error("it goes on after its end")
	}
	select {
	case <-request.Done():
	default:
		t.Error("it is not done after its end")
	}
}

func TestTerraformStopsAReadThroughTheWrappedServer(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Hang())
	terraform := configured(t, api, nil)
	terraform.server = server{terraform.server}
	go func() {
		for len(api.Requests()) == 0 {
			runtime.Gosched()
		}
		if _, err := terraform.server.StopProvider(context.WithoutCancel(t.Context()), &tfprotov6.StopProviderRequest{}); err != nil {
			t.Error(err)
		}
	}()
	_, diagnostics := terraform.read(exportID)
	mustFail(t, diagnostics, "", "Terraform was interrupted")
}
