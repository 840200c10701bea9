package provider

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// dial serves the provider as Serve does, and returns a connection to it.
func dial(t *testing.T, provided wrappedServer) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	grpcServer := grpc.NewServer()
	provider := tf6server.GRPCProviderPlugin{
		Name:         Address,
		GRPCProvider: func() tfprotov6.ProviderServer { return provided },
		Opts:         []tf6server.ServeOpt{tf6server.WithLoggingSink(t)},
	}
	if err := provider.GRPCServer(nil, grpcServer); err != nil {
		t.Fatal(err)
	}
	go func() { _ = grpcServer.Serve(listener) }()
	connection := must(grpc.NewClient("passthrough:///provider",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(bytesCodec{})),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) })))
	t.Cleanup(func() {
		_ = connection.Close()
		grpcServer.Stop()
	})

	return connection
}

// bytesCodec sends and receives messages as bytes: the types of the protocol's
// messages are internal to terraform-plugin-go.
type bytesCodec struct{}

func (bytesCodec) Name() string { return "proto" }

func (bytesCodec) Marshal(message any) ([]byte, error) {
	data, _ := message.(*[]byte)

	return *data, nil
}

func (bytesCodec) Unmarshal(data []byte, message any) error {
	target, _ := message.(*[]byte)
	*target = slices.Clone(data)

	return nil
}

// field returns a field of a protocol buffer that has a length.
func field(number byte, value []byte) []byte {
	return append(binary.AppendUvarint([]byte{number<<3 | 2}, uint64(len(value))), value...)
}

// stopObserver is a framework's server that says when it was stopped.
type stopObserver struct {
	frameworkServer

	stopped chan struct{}
}

func (s stopObserver) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	defer close(s.stopped)

	return s.frameworkServer.StopProvider(ctx, req)
}

// Terraform stops its providers when it is interrupted, and prints the result of
// an action. Another event before that would crash it.
func TestServer_sendsTheIDAfterAnInterruption(t *testing.T) {
	t.Parallel()
	for _, wait := range []bool{true, false} {
		t.Run(fmt.Sprintf("wait=%t", wait), func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			started, release := make(chan struct{}), make(chan struct{})
			api.Fail(rebillytest.HangAfterActing(api, started, release))
			terraform := configured(t, api, nil)
			provided := terraform.wrapped()
			framework := stopObserver{provided.frameworkServer, make(chan struct{})}
			provided.frameworkServer = framework
			connection := dial(t, provided)
			config := terraform.object(terraform.schema.ActionSchemas[requestType].Schema, values{"wait_for_completion": wait})
			request := append(field(1, []byte(requestType)), field(2, field(1, config.MsgPack))...)
			stream := must(connection.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, "/tfplugin6.Provider/InvokeAction"))
			if err := errors.Join(stream.SendMsg(&request), stream.CloseSend()); err != nil {
				t.Fatal(err)
			}
			<-started
			stopped := make(chan error, 1)
			go func() {
				defer close(stopped)
				stopped <- connection.Invoke(t.Context(), "/tfplugin6.Provider/StopProvider", new([]byte), new([]byte))
			}()
			<-framework.stopped
			select {
			case err := <-stopped:
				t.Errorf("the provider stopped while the POST was under way: %v", err)
			case <-time.After(20 * time.Millisecond):
			}
			close(release)

			var events []string
			for {
				var event []byte
				if err := stream.RecvMsg(&event); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				events = append(events, string(event))
			}
			if err := <-stopped; err != nil {
				t.Error(err)
			}
			if len(events) != 1 || !strings.Contains(events[0], `the requested export "org_exp_`) || !strings.Contains(events[0], "Terraform was interrupted") {
				t.Errorf("got %q", events)
			}
		})
	}
}

// A Terraform that was killed receives nothing. The action ends anyway, and the
// process may exit.
func TestServer_endsAnActionWithoutAReceiver(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := configured(t, api, nil)
	_, diagnostics := terraform.invoke(requestType, values{})
	mustSucceed(t, diagnostics)
	want := len(api.Requests())

	stream := must(terraform.actions().InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: requestType,
		Config:     terraform.object(terraform.schema.ActionSchemas[requestType].Schema, values{}),
	}))
	for range stream.Events {
		break
	}
	if got := len(api.Requests()) - want; got != want {
		t.Errorf("%d requests were sent, and %d with a receiver", got, want)
	}
}
