package provider

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	runtimedebug "runtime/debug"
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

// Serve serves the provider of the given version until Terraform stops it. With
// debug, it prints how Terraform attaches to it, and leaves signals and log levels to
// you. The error says why the provider could not be served.
func Serve(ctx context.Context, version string, debug bool) error {
	opts := options{getenv: os.Getenv, interrupted: ctx, requests: new(inFlight)}
	var serveOpts []tf6server.ServeOpt
	if debug {
		serveOpts = append(serveOpts, tf6server.WithManagedDebug())
	} else {
		opts.interrupted = untilInterrupted(ctx, opts.requests)
		limitLogs(os.Getenv, os.Setenv)
		// With GODEBUG=http2debug=2, net/http writes headers to it, and Terraform writes
		// them to its log.
		log.SetOutput(io.Discard)
	}
	if os.Getenv("GOGC") == "" {
		runtimedebug.SetGCPercent(gcPercent)
	}
	provided, err := newWrappedServer(version, opts, !logsAreOff(os.Getenv))
	if err != nil {
		return err
	}

	return tf6server.Serve(Address, func() tfprotov6.ProviderServer { return provided }, serveOpts...)
}

// untilInterrupted returns a context like ctx that also ends when the process
// receives SIGINT, SIGTERM or SIGHUP. The process itself continues, because
// Terraform stops its providers, and waits for what they return, such as the ID of
// an export that was just requested. After SIGTERM and SIGHUP it exits on its own,
// as soon as all requests for exports have ended, and then shutdownGracePeriod has
// passed. A terminal, timeout(1) and CI systems often signal Terraform and its
// providers together.
func untilInterrupted(ctx context.Context, requests *inFlight) context.Context {
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
				requests.wait()
				<-time.After(shutdownGracePeriod)
				os.Exit(1)
			}
		}
	}()

	return ctx
}

// inFlight waits for operations in flight. Unlike a sync.WaitGroup, it allows that an
// operation begins while another goroutine waits; that operation then waits, too.
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

// frameworkServer is the framework's server with all the optional interfaces that
// tf6server looks for. A wrapper that lacks one hides it from Terraform.
type frameworkServer interface {
	tfprotov6.ProviderServerWithListResource //nolint:staticcheck // Until they move into ProviderServer.
	tfprotov6.ProviderServerWithActions      //nolint:staticcheck // The same.
	tfprotov6.ProviderServerWithStateStores  //nolint:staticcheck // The same.
}

// wrappedServer is the framework's server without its memory leak: the framework
// keeps the context of every request until the provider stops, and with it about 10
// KiB of loggers. Only data sources are read often enough to matter. DESIGN.md says
// when each method can go.
type wrappedServer struct {
	frameworkServer

	// logs is whether Terraform reads the provider's log. Then requests need their
	// loggers.
	logs bool
	// actions are the invocations of actions, whose events must reach Terraform before
	// the server stops.
	actions *inFlight
}

// newWrappedServer returns the server that Serve serves.
func newWrappedServer(version string, opts options, logs bool) (wrappedServer, error) {
	if opts.interrupted == nil {
		opts.interrupted = context.Background()
	}
	if opts.requests == nil {
		opts.requests = new(inFlight)
	}
	protocol6 := providerserver.NewProtocol6(&rebillyProvider{version, opts})()
	framework, ok := protocol6.(frameworkServer)
	if !ok {
		return wrappedServer{}, fmt.Errorf("the framework's server %T lacks an interface", protocol6)
	}

	return wrappedServer{framework, logs, new(inFlight)}, nil
}

// ValidateDataResourceConfig implements tfprotov6.DataSourceServer.
//
//nolint:contextcheck // A validation sends nothing, so there is nothing to cancel.
func (s wrappedServer) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	if !s.logs {
		ctx = context.Background()
	}

	return s.frameworkServer.ValidateDataResourceConfig(ctx, req)
}

func (s wrappedServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	ctx, release := s.readContext(ctx)
	defer release()

	return s.frameworkServer.ReadDataSource(ctx, req)
}

// readContext returns a context that ends with the one of a request, and when it
// is released, and has none of its values. The only values that the framework and
// the provider use are loggers. Without them, no line is formatted that nobody
// reads.
func (s wrappedServer) readContext(request context.Context) (ctx context.Context, release func()) {
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

// StopProvider implements tfprotov6.ProviderServer. It interrupts every
// operation, and returns when no action is in flight: tf6server drops the events
// of actions after that, and one of them has the ID of a new export. Delete this when it
// sends the last event.
func (s wrappedServer) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	response, err := s.frameworkServer.StopProvider(ctx, req)
	s.actions.wait()

	return response, err
}
