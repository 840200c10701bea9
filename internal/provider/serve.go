package provider

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Address is the provider's address in the Terraform registry.
const Address = "registry.terraform.io/rebilly/rebilly"

// gcPercent is the percentage of new memory at which the garbage collector
// runs, unless GOGC is set. Reads leave much garbage and keep little: with
// twice Go's default, they take a seventh less CPU time, for 3 MiB more memory.
const gcPercent = 200

// shutdownGracePeriod is how long the process continues after SIGTERM and SIGHUP.
const shutdownGracePeriod = 10 * time.Second

// Serve serves the provider of the given version until Terraform stops it. When
// ctx ends, every operation that waits for Rebilly ends too. The error says why
// the provider could not be served.
func Serve(ctx context.Context, version string, opts ...tf6server.ServeOpt) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	protocol6 := providerserver.NewProtocol6(New(ctx, version)())()
	framework, ok := protocol6.(frameworkServer)
	if !ok {
		return fmt.Errorf("the framework's server %T lacks an interface", protocol6)
	}

	logs := !logsAreOff(os.Getenv)

	return tf6server.Serve(Address, func() tfprotov6.ProviderServer { return server{framework, logs} }, opts...)
}

// UntilInterrupted returns a context like ctx that also ends when the process
// receives SIGINT, SIGTERM or SIGHUP. The process itself continues, because
// Terraform stops its providers, and waits for what they return, such as the ID of
// an export that was just requested. After SIGTERM and SIGHUP it exits on its own,
// as soon as all requests for exports have ended, and then shutdownGracePeriod has
// passed. A terminal, timeout(1) and CI systems often signal Terraform and its
// providers together.
func UntilInterrupted(ctx context.Context) context.Context {
	ctx, interrupt := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// nohup(1) lets its command ignore SIGHUP.
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		for received := range signals {
			interrupt()
			if received != os.Interrupt {
				exportRequests.wait()
				<-time.After(shutdownGracePeriod)
				os.Exit(1)
			}
		}
	}()

	return ctx
}

// exportRequests are the operations that request an export. The process must not
// exit before the IDs of their exports are known.
var exportRequests inFlight

// inFlight waits for operations in flight.
type inFlight struct{ lock sync.RWMutex }

// begin counts an operation until the returned function is called.
func (f *inFlight) begin() (end func()) {
	f.lock.RLock()

	return f.lock.RUnlock
}

// wait returns once no operation is in flight.
func (f *inFlight) wait() {
	f.lock.Lock()
	defer f.lock.Unlock()
}

// frameworkServer is the framework's server with all its optional interfaces.
// A wrapper that lacks one hides it from Terraform.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// These are what tf6server looks for.
var (
	_ tfprotov6.ProviderServerWithListResource = server{} //nolint:staticcheck // Until they move into ProviderServer.
	_ tfprotov6.ProviderServerWithActions      = server{} //nolint:staticcheck // The same.
	_ tfprotov6.ProviderServerWithStateStores  = server{} //nolint:staticcheck // The same.
)

// server is the framework's server without its memory leak: the framework keeps
// the context of every request until the provider stops, and with it about 10
// KiB of loggers. Only data sources are read often enough to matter.
type server struct {
	frameworkServer

	// logs is whether Terraform reads the provider's log. Then requests need their
	// loggers.
	logs bool
}

// ValidateDataResourceConfig implements tfprotov6.DataSourceServer.
//
//nolint:contextcheck // A validation sends nothing, so there is nothing to cancel.
func (s server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	if !s.logs {
		ctx = context.Background()
	}

	return s.frameworkServer.ValidateDataResourceConfig(ctx, req)
}

// ReadDataSource implements tfprotov6.DataSourceServer.
func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	ctx, release := s.readContext(ctx)
	defer release()

	return s.frameworkServer.ReadDataSource(ctx, req)
}

// readContext returns a context that ends with the one of a request, and when it
// is released, and has none of its values. The only values that the framework and
// the provider use are loggers. Without them, no line is formatted that nobody
// reads.
func (s server) readContext(request context.Context) (ctx context.Context, release func()) {
	if s.logs {
		return request, func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(request, cancel)

	return ctx, func() {
		stop()
		cancel()
	}
}
