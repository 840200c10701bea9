package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// ValidateActionConfig implements tfprotov6.ActionServer.
func (s wrappedServer) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	resp, err := s.frameworkServer.ValidateActionConfig(ctx, req)
	if err == nil {
		removePathsIfNull(req.Config, resp.Diagnostics)
	}

	return resp, err
}

// PlanAction implements tfprotov6.ActionServer.
func (s wrappedServer) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	resp, err := s.frameworkServer.PlanAction(ctx, req)
	if err == nil {
		removePathsIfNull(req.Config, resp.Diagnostics)
	}

	return resp, err
}

// removePathsIfNull removes the attribute paths of the diagnostics of an action
// without a config block, whose configuration is null. Terraform 1.16 and 1.17 look
// for the attribute in the block, and crash.
func removePathsIfNull(config *tfprotov6.DynamicValue, diagnostics []*tfprotov6.Diagnostic) {
	if isNull, err := config.IsNull(); err != nil || !isNull {
		return
	}
	for _, diagnostic := range diagnostics {
		diagnostic.Attribute = nil
	}
}

// InvokeAction implements tfprotov6.ActionServer. If push fails, the framework
// stops receiving, and the next message of the action would block forever. So all
// events are received, and dropped if nobody wants them.
func (s wrappedServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := s.frameworkServer.InvokeAction(ctx, req)
	if err != nil {
		return nil, err
	}

	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer s.actions.begin()()
		received := true
		for event := range stream.Events {
			if completed, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
				removePathsIfNull(req.Config, completed.Diagnostics)
			}
			received = received && push(event)
		}
	}}, nil
}

// StopProvider implements tfprotov6.ProviderServer. It interrupts every
// operation, and returns when no action is in flight: tf6server drops the events
// of actions after that, and one of them has the ID of a new export.
func (s wrappedServer) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	response, err := s.frameworkServer.StopProvider(ctx, req)
	s.actions.wait()

	return response, err
}
