package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

func (s wrappedServer) ValidateActionConfig(ctx context.Context, req *tfprotov6.ValidateActionConfigRequest) (*tfprotov6.ValidateActionConfigResponse, error) {
	resp, err := s.frameworkServer.ValidateActionConfig(ctx, req)
	if err == nil && !hasBlock(req.Config) {
		resp.Diagnostics = nil
	}

	return resp, err
}

func (s wrappedServer) PlanAction(ctx context.Context, req *tfprotov6.PlanActionRequest) (*tfprotov6.PlanActionResponse, error) {
	resp, err := s.frameworkServer.PlanAction(ctx, req)
	if err == nil && !hasBlock(req.Config) {
		resp.Diagnostics = nil
	}

	return resp, err
}

// hasBlock reports whether an action has a config block; its configuration is null
// without one. Terraform 1.15 to 1.17 look up the place of each diagnostic of a
// validation and of a plan in that block, and crash if there is none. They have
// noticed themselves that a required argument is missing. Delete this when no supported
// version crashes.
func hasBlock(config *tfprotov6.DynamicValue) bool {
	isNull, err := config.IsNull()

	return err != nil || !isNull
}

// InvokeAction implements tfprotov6.ActionServer. If push fails, the framework
// stops receiving, and the next message of the action would block forever. So all
// events are received, and dropped if nobody wants them. Delete that when SendProgress
// returns at the end of its context.
func (s wrappedServer) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := s.frameworkServer.InvokeAction(ctx, req)
	if err != nil {
		return nil, err
	}

	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer s.actions.begin()()
		received := true
		for event := range stream.Events {
			if completed, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok && !hasBlock(req.Config) {
				for _, diagnostic := range completed.Diagnostics {
					diagnostic.Attribute = nil
				}
			}
			received = received && push(event)
		}
	}}, nil
}
