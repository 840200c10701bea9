package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// actionsInFlight are the invocations of actions in this process, whose events
// must reach Terraform before the server stops.
var actionsInFlight inFlight

// InvokeAction implements tfprotov6.ActionServer. If push fails, the framework
// stops receiving, and the next message of the action would block forever. So all
// events are received, and dropped if nobody wants them.
func (s server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := s.frameworkServer.InvokeAction(ctx, req)
	if err != nil {
		return nil, err
	}

	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer actionsInFlight.begin()()
		received := true
		for event := range stream.Events {
			received = received && push(event)
		}
	}}, nil
}

// StopProvider implements tfprotov6.ProviderServer. It interrupts every
// operation, and returns when no action is in flight: tf6server drops the events
// of actions after that, and one of them has the ID of a new export.
func (s server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	response, err := s.frameworkServer.StopProvider(ctx, req)
	actionsInFlight.wait()

	return response, err
}
