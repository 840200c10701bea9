package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// process is one process of the provider, and its network. Terraform starts one for
// each walk: one that plans, and one that applies.
type process struct {
	protocol

	year *year
	// killed is true after the process was killed: nothing that it sends arrives,
	// and nothing that it returns is saved. After an interruption, Terraform saves
	// what it returns, and begins nothing new.
	killed, interrupted atomic.Bool
	interrupt           context.CancelFunc
	walk                string
	// summaries are those of what the process printed.
	summaries []string
}

// instance is an instance of the resource: in state, planned, or configured.
type instance struct {
	value *tfprotov6.DynamicValue
	// attributes are none if there is no instance.
	attributes map[string]tftypes.Value
	// text has the strings and booleans, and the month of triggers. Null ones are not
	// there, and unknown ones are "unknown".
	text     map[string]string
	private  []byte
	identity *tfprotov6.ResourceIdentityData

	tainted bool
	// readAs is the credential and the host of the last GET that this object remembers.
	readAs string
	// action is what a plan does: "no-op", "create", "update" or "replace".
	action string
}

// errEnded ends a walk.
var errEnded = errors.New("the walk ended with an error")

// walk starts and configures a process of the provider, walks with it, and reports
// whether that came to its end.
func (y *year) walk(name string, walk func(*process)) (succeeded bool) {
	p := &process{protocol: y.protocol, year: y, walk: name}
	p.ctx, p.interrupt = context.WithCancel(context.Background())
	defer func() {
		p.interrupt()
		if reason := recover(); reason != nil && reason != any(errEnded) {
			panic(reason)
		}
	}()
	p.server = must(newWrappedServer("1.2.3", options{getenv: environment(y.variables()), clientConfig: rebilly.Config{Transport: p, Jitter: y.jitter}, interrupted: p.ctx}, false))
	response, err := p.server.ConfigureProvider(p.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.9", Config: p.object(y.schema.Provider, nil),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{},
	})
	p.must("configure", response.Diagnostics, err)
	walk(p)

	return true
}

// reach kills or interrupts the process at a moment, or some time after the beginning
// of a wait, if the schedule says so.
func (p *process) reach(moment string) {
	stop := p.year.stop
	if stop == nil || stop.How != moment || p.killed.Load() {
		return
	}
	p.year.stop = nil
	end := func() {
		if p.ctx.Err() == nil {
			p.killed.Store(stop.Kind == "killed")
			p.interrupted.Store(stop.Kind == "interrupted")
			p.year.happened(*stop)
			p.year.trace("  the %s is %s", p.walk, stop.Kind)
			p.interrupt()
		}
	}
	if moment == "wait" {
		time.AfterFunc(stop.At, end)
	} else {
		end()
	}
}

// succeeded reports whether the walk continues after a call. It judges what the call
// printed.
func (p *process) succeeded(call string, diagnostics []*tfprotov6.Diagnostic, err error) bool {
	if p.killed.Load() {
		return false
	}
	p.year.violatedIf(err != nil, "%s failed: %v", call, err)
	for _, diagnostic := range diagnostics {
		p.year.judgeText(call, diagnostic.Summary+"\n"+diagnostic.Detail)
		p.summaries = append(p.summaries, diagnostic.Summary)
		p.year.trace("  %s: %s: %s", call, diagnostic.Severity, diagnostic.Summary)
	}

	return err == nil && !hasError(diagnostics)
}

// endIf ends the walk.
func (p *process) endIf(failed bool) {
	if failed {
		panic(errEnded)
	}
}

// must ends the walk unless a call succeeded, and the process was not interrupted.
func (p *process) must(call string, diagnostics []*tfprotov6.Diagnostic, err error) {
	p.endIf(!p.succeeded(call, diagnostics, err) || p.interrupted.Load())
}

// decode returns an instance with its attributes.
func (y *year) decode(value *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData) *instance {
	i := &instance{value: value, attributes: y.attributes(y.resource, value), text: map[string]string{}, private: private, identity: identity}
	for name, attribute := range i.attributes {
		switch {
		case !attribute.IsKnown():
			i.text[name] = "unknown"
		case attribute.IsNull():
		case name == "triggers":
			i.text[name], _ = plain(y.t, as[map[string]tftypes.Value](y.t, attribute)["month"]).(string)
		case attribute.Type().Is(tftypes.String), attribute.Type().Is(tftypes.Bool):
			i.text[name] = fmt.Sprint(plain(y.t, attribute))
		}
	}
	y.judgeText("state or plan", i.text["status"]+i.text["file_id"]+i.text["created_time"])
	if value != nil {
		y.judgeSecrets("state or plan", string(value.MsgPack)+string(private))
	}

	return i
}

// exists reports whether there is an instance.
func (i *instance) exists() bool { return len(i.attributes) > 0 }

// refresh reads an instance. It returns nothing if it left state.
func (p *process) refresh(prior *instance) *instance {
	if !prior.exists() {
		return prior
	}
	response, err := p.server.ReadResource(p.ctx, &tfprotov6.ReadResourceRequest{
		TypeName: objectType, CurrentState: prior.value, Private: prior.private, CurrentIdentity: prior.identity,
	})
	p.must("refresh", response.Diagnostics, err)
	refreshed := p.year.decode(response.NewState, response.Private, response.NewIdentity)
	refreshed.tainted, refreshed.readAs = prior.tainted, p.year.reader()
	if !refreshed.exists() {
		p.year.judgeRemoval(prior)

		return p.year.nothing
	}

	return refreshed
}

// config returns the configuration of the resource. The argument that is named unknown
// is not known yet.
func (p *process) config(unknownName string) *instance {
	return p.year.decode(p.object(p.year.resource, p.year.settings.arguments(unknownName)), nil, nil)
}

// planChange plans the change of prior to config, and a replacement a second time
// without prior. The planned action is that of the approved plan while applying.
func (p *process) planChange(prior, config *instance, planned string) *instance {
	replaces := prior.tainted || !prior.exists() && planned == "replace"
	if replaces {
		prior = p.year.nothing
	}
	change := p.planOnce(prior, config)
	if prior.exists() && (change.action == "replace" || p.year.replace && planned == "") {
		replaces = true
		change = p.planOnce(&instance{value: p.year.nothing.value, private: change.private, identity: change.identity}, config)
	}
	if replaces {
		change.action = "replace"
	}

	return change
}

// planOnce sends one request for a plan.
func (p *process) planOnce(prior, config *instance) *instance {
	proposed := config.value
	if config.exists() {
		proposed = p.proposed(prior.attributes, config.attributes)
	}
	response, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: objectType, PriorState: prior.value, PriorPrivate: prior.private, PriorIdentity: prior.identity,
		ProposedNewState: proposed, Config: config.value,
	})
	p.endIf(!p.succeeded("plan", response.Diagnostics, err))
	change := p.year.decode(response.PlannedState, response.PlannedPrivate, response.PlannedIdentity)
	differs := func(name string) bool { return !change.attributes[name].Equal(prior.attributes[name]) }
	for name, configured := range config.attributes {
		p.year.violatedIf(!configured.IsNull() && name != "timeouts" && differs(name) && !change.attributes[name].Equal(configured),
			"Provider produced invalid plan: %s is %s, and is planned as %s", name, configured, change.attributes[name])
	}
	switch {
	case !prior.exists():
		change.action = "create"
	case slices.ContainsFunc(response.RequiresReplace, func(required *tftypes.AttributePath) bool {
		// It counts only if the value changes.
		name, _ := required.Steps()[0].(tftypes.AttributeName)

		return differs(string(name))
	}):
		change.action = "replace"
	case maps.EqualFunc(prior.attributes, change.attributes, tftypes.Value.Equal):
		change.action = "no-op"
	default:
		change.action = "update"
	}

	return change
}

// applyOnce sends one request to apply a planned change.
func (p *process) applyOnce(prior, change, config *instance) (*instance, bool) {
	response, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: objectType, PriorState: prior.value, PlannedState: change.value, Config: config.value,
		PlannedPrivate: change.private, PlannedIdentity: change.identity,
	})
	ok := p.succeeded("apply", response.Diagnostics, err)
	p.endIf(p.killed.Load())

	return p.year.decode(response.NewState, response.Private, response.NewIdentity), ok
}

// destroy plans and destroys an instance, and reports whether that succeeded.
func (p *process) destroy(prior *instance) bool {
	_, ok := p.applyOnce(prior, p.planOnce(prior, p.year.nothing), p.year.nothing)

	return ok
}

// action returns the configuration of an action.
func (p *process) action(typeName string, arguments values) *tfprotov6.DynamicValue {
	if organization := p.year.settings["organization_id"]; organization != "" {
		arguments["organization_id"] = organization
	}

	return p.object(p.schema.ActionSchemas[typeName].Schema, arguments)
}

// invoke invokes an action, and reports whether it succeeded.
func (p *process) invoke(typeName string, arguments values) bool {
	stream, err := p.actions().InvokeAction(p.ctx, &tfprotov6.InvokeActionRequest{ActionType: typeName, Config: p.action(typeName, arguments)})
	p.endIf(!p.succeeded(typeName, nil, err))
	var diagnostics []*tfprotov6.Diagnostic
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			p.year.judgeText("progress", event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			diagnostics = event.Diagnostics
		}
	}

	return p.succeeded(typeName, diagnostics, nil) && !p.interrupted.Load()
}
