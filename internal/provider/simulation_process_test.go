package provider

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
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
	lastError           string
	// summaries are those of what the process printed.
	summaries []string
}

// content is a value of the resource, and its attributes: none if it is null.
type content struct {
	value      *tfprotov6.DynamicValue
	attributes map[string]tftypes.Value
	// text has the strings and booleans, and the month of triggers. Null ones are not
	// there, and unknown ones are "unknown".
	text map[string]string
}

// instance is an instance of the resource, in state or planned.
type instance struct {
	content

	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
	// why is the summary of the error that tainted it.
	why string
	// readAs is the credential and the host of the last GET that this object remembers.
	readAs string
}

// plannedChange is the planned change of the resource.
type plannedChange struct {
	instance

	action string // "no-op", "create", "update" or "replace"
	// because are the paths that required a replacement.
	because string
}

// start starts a process of the provider for a walk, and configures it.
func (y *year) start(walk string) (*process, bool) {
	p := &process{protocol: y.protocol, year: y, walk: walk}
	p.ctx, p.interrupt = context.WithCancel(context.Background())
	var err error
	if p.server, err = newWrappedServer("1.2.3", options{getenv: environment(y.variables()), transport: p, jitter: y.jitter, interrupted: p.ctx}, false); err != nil {
		y.t.Fatal(err)
	}
	response, err := p.server.ConfigureProvider(p.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.9", Config: p.object(y.schema.Provider, nil),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{},
	})

	return p, p.succeeded("configure", response.Diagnostics, err)
}

// moments are those at which a process sends the request.
func (p *process) moments(request *http.Request) []string {
	switch {
	case request.Method == http.MethodPost:
		return []string{p.walk, "before POST"}
	case strings.HasPrefix(request.URL.Host, "files"):
		return []string{p.walk, "download"}
	case p.walk == "apply" && len(p.year.approved.requested) > 0:
		return []string{p.walk, "poll"}
	default:
		return []string{p.walk}
	}
}

// reach kills or interrupts the process at one of the given moments, or some time after
// the beginning of a wait, if the schedule says so.
func (p *process) reach(moments ...string) {
	stop := p.year.stop
	if stop == nil || !slices.Contains(moments, stop.How) {
		return
	}
	p.year.stop = nil
	if stop.How == "wait" {
		time.AfterFunc(stop.At, func() { p.end(*stop) })
	} else {
		p.end(*stop)
	}
}

// end kills or interrupts the process, if it has not ended.
func (p *process) end(how event) {
	if p.ctx.Err() != nil {
		return
	}
	p.killed.Store(how.Kind == "killed")
	p.interrupted.Store(how.Kind == "interrupted")
	p.year.happened(how)
	p.year.trace("  the %s is %s", p.walk, how.Kind)
	p.interrupt()
}

// succeeded reports whether the walk continues after a call. It judges what the call
// printed.
func (p *process) succeeded(call string, diagnostics []*tfprotov6.Diagnostic, err error) bool {
	if p.killed.Load() {
		return false
	}
	if err != nil {
		p.year.violated("%s failed: %s", call, err)
	}
	for _, diagnostic := range diagnostics {
		p.year.judgeText(call, diagnostic.Summary+"\n"+diagnostic.Detail)
		p.summaries = append(p.summaries, diagnostic.Summary)
		p.year.trace("  %s: %s: %s", call, diagnostic.Severity, diagnostic.Summary)
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			p.lastError = diagnostic.Summary
		}
	}

	return err == nil && !hasError(diagnostics)
}

// decode returns a value of the resource with its attributes.
func (y *year) decode(value *tfprotov6.DynamicValue) content {
	o := content{value, y.attributes(y.resource, value), map[string]string{}}
	for name, attribute := range o.attributes {
		switch {
		case !attribute.IsKnown():
			o.text[name] = "unknown"
		case attribute.IsNull():
		case name == "triggers":
			o.text[name], _ = plain(y.t, as[map[string]tftypes.Value](y.t, attribute)["month"]).(string)
		case attribute.Type().Is(tftypes.String), attribute.Type().Is(tftypes.Bool):
			o.text[name] = fmt.Sprint(plain(y.t, attribute))
		}
	}

	return o
}

// saved returns an instance that Terraform saves in state, or nil if it is null.
func (y *year) saved(value *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData) *instance {
	o := y.decode(value)
	if len(o.attributes) == 0 {
		return nil
	}
	y.judgeText("state", o.text["status"]+o.text["file_id"]+o.text["created_time"])

	return &instance{content: o, private: private, identity: identity}
}

// refresh reads an object. It returns nil if the object left state.
func (p *process) refresh(prior *instance) (*instance, bool) {
	if prior == nil {
		return nil, true
	}
	response, err := p.server.ReadResource(p.ctx, &tfprotov6.ReadResourceRequest{
		TypeName: objectType, CurrentState: prior.value, Private: prior.private, CurrentIdentity: prior.identity,
	})
	if !p.succeeded("refresh", response.Diagnostics, err) || p.interrupted.Load() {
		return nil, false
	}
	refreshed := p.year.saved(response.NewState, response.Private, response.NewIdentity)
	if refreshed == nil {
		p.year.judgeRemoval(prior)
	} else {
		refreshed.tainted, refreshed.why, refreshed.readAs = prior.tainted, prior.why, p.year.reader()
	}

	return refreshed, true
}

// planChange plans the change of prior to config, and a replacement a second time
// without prior. The planned action is that of the approved plan while applying.
func (p *process) planChange(prior *instance, config content, planned string) (plannedChange, bool) {
	replaces := prior == nil && planned == "replace" || prior != nil && prior.tainted
	if replaces {
		prior = nil
	}
	change, ok := p.planOnce(prior, config)
	if ok && prior != nil && (change.action == "replace" || p.year.replace && planned == "") {
		replaces = true
		because := change.because
		change, ok = p.planOnce(&instance{content: p.year.nothing, private: change.private, identity: change.identity}, config)
		change.because = because
	}
	if replaces {
		change.action = "replace"
	}

	return change, ok
}

// planOnce sends one request for a plan, with what Terraform proposes: the
// configuration, and the prior values of computed attributes that it lacks.
func (p *process) planOnce(prior *instance, config content) (plannedChange, bool) {
	change := plannedChange{action: "update"}
	if prior == nil {
		prior, change.action = &instance{content: p.year.nothing}, "create"
	}
	proposed := config.value
	if len(prior.attributes) > 0 && len(config.attributes) > 0 {
		merged := values{}
		for name, value := range config.attributes {
			merged[name] = value
		}
		for _, attribute := range p.year.resource.Block.Attributes {
			if attribute.Computed && config.attributes[attribute.Name].IsNull() {
				merged[attribute.Name] = prior.attributes[attribute.Name]
			}
		}
		proposed = p.object(p.year.resource, merged)
	}
	response, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: objectType, PriorState: prior.value, PriorPrivate: prior.private, PriorIdentity: prior.identity,
		ProposedNewState: proposed, Config: config.value,
	})
	if !p.succeeded("plan", response.Diagnostics, err) {
		return change, false
	}
	change.content, change.private, change.identity = p.year.decode(response.PlannedState), response.PlannedPrivate, response.PlannedIdentity
	for name, configured := range config.attributes {
		if planned := change.attributes[name]; !configured.IsNull() && name != "timeouts" && !planned.Equal(configured) && !planned.Equal(prior.attributes[name]) {
			p.year.violated("Provider produced invalid plan: %s is %s, and is planned as %s", name, configured, planned)
		}
	}
	if change.action == "update" && maps.EqualFunc(prior.attributes, change.attributes, tftypes.Value.Equal) {
		change.action = "no-op"
	}
	// A path that requires a replacement counts only if its value changes.
	change.because = fmt.Sprint(response.RequiresReplace)
	for _, required := range response.RequiresReplace {
		name, _ := required.Steps()[0].(tftypes.AttributeName)
		if change.action == "update" && !prior.attributes[string(name)].Equal(change.attributes[string(name)]) {
			change.action = "replace"
		}
	}

	return change, true
}

// applyOnce sends one request to apply a planned change.
func (p *process) applyOnce(prior *instance, change plannedChange, config content) (*instance, bool) {
	before := p.year.nothing
	if prior != nil {
		before = prior.content
	}
	response, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: objectType, PriorState: before.value, PlannedState: change.value, Config: config.value,
		PlannedPrivate: change.private, PlannedIdentity: change.identity,
	})
	ok := p.succeeded("apply", response.Diagnostics, err)

	return p.year.saved(response.NewState, response.Private, response.NewIdentity), ok
}

// destroy plans and destroys an object.
func (p *process) destroy(prior *instance) bool {
	planned, ok := p.planOnce(prior, p.year.nothing)
	if ok {
		_, ok = p.applyOnce(prior, planned, p.year.nothing)
	}

	return ok
}

// action returns the configuration of an action.
func (p *process) action(typeName string, arguments values) *tfprotov6.DynamicValue {
	if organization := p.year.settings["organization_id"]; organization != "" {
		arguments["organization_id"] = organization
	}

	return p.object(p.schema.ActionSchemas[typeName].Schema, arguments)
}

// planDownload plans the action that downloads the file of an export.
func (p *process) planDownload(id string) bool {
	arguments := values{"id": id, "path": "x.zip"}
	if id == "unknown" {
		arguments = values{"id": unknown, "path": unknown}
	}
	response, err := p.actions().PlanAction(p.ctx, &tfprotov6.PlanActionRequest{ActionType: downloadType, Config: p.action(downloadType, arguments)})

	return p.succeeded("plan of the download", response.Diagnostics, err)
}

// invoke invokes an action, and reports whether it succeeded.
func (p *process) invoke(typeName string, arguments values) bool {
	stream, err := p.actions().InvokeAction(p.ctx, &tfprotov6.InvokeActionRequest{ActionType: typeName, Config: p.action(typeName, arguments)})
	var diagnostics []*tfprotov6.Diagnostic
	if err == nil {
		for event := range stream.Events {
			switch event := event.Type.(type) {
			case tfprotov6.ProgressInvokeActionEventType:
				p.year.judgeText("progress", event.Message)
			case tfprotov6.CompletedInvokeActionEventType:
				diagnostics = event.Diagnostics
			}
		}
	}

	return p.succeeded(typeName, diagnostics, err) && !p.interrupted.Load()
}
