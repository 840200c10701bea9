package provider

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// process is one process of the provider. Terraform starts one for each walk: one
// that plans, and one that applies.
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

// instance is an instance of the resource in state.
type instance struct {
	value    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
	// why is the summary of the error that tainted it.
	why string
	// readAs is the credential and the host of the last GET that this object remembers.
	readAs string
	// text has what the judge needs, once it was read.
	text *stateText
}

// plannedChange is the planned change of the resource.
type plannedChange struct {
	action   string // "no-op", "create", "update" or "replace"
	value    *tfprotov6.DynamicValue
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	// because are the paths that required a replacement.
	because string
}

// start starts a process of the provider for a walk, and configures it.
func (y *year) start(walk string) (*process, bool) {
	ctx, interrupt := context.WithCancel(context.Background())
	p := &process{year: y, interrupt: interrupt, walk: walk}
	served, err := newWrappedServer("1.2.3", options{
		getenv: environment(y.variables()), transport: wire{y.simulatedWorld, p}, jitter: y.jitter, interrupted: ctx,
	}, false)
	if err != nil {
		y.t.Fatal(err)
	}
	p.protocol = protocol{t: y.t, ctx: ctx, server: served, schema: y.schema}
	response, err := p.server.ConfigureProvider(p.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.9", Config: p.object(y.schema.Provider, nil),
		ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{},
	})

	return p, p.succeeded("configure", response.Diagnostics, err)
}

// dead reports whether a request of the process arrives nowhere. The request may be
// the moment at which the process is killed or interrupted.
func (p *process) dead(request *http.Request) bool {
	if p.killed.Load() {
		return true
	}
	p.year.reach(p, p.moments(request)...)

	return p.killed.Load()
}

// stop kills or interrupts the process.
func (p *process) stop(how event) {
	if p.killed.Load() || p.interrupted.Load() {
		return
	}
	if how.Kind == "killed" {
		p.killed.Store(true)
	} else {
		p.interrupted.Store(true)
	}
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
	if len(p.attributesOf(response.NewState)) == 0 {
		p.year.judgeRemoval(prior)

		return nil, true
	}

	return &instance{value: response.NewState, private: response.Private, identity: response.NewIdentity, tainted: prior.tainted, why: prior.why, readAs: p.year.reader()}, true
}

// planChange plans the change of prior to config, and a replacement a second time
// without prior. The planned action is that of the approved plan while applying.
func (p *process) planChange(prior *instance, config *tfprotov6.DynamicValue, planned string) (plannedChange, bool) {
	tainted := prior != nil && prior.tainted
	if tainted {
		prior = nil
	}
	response, ok := p.planOnce(prior, config)
	if !ok {
		return plannedChange{}, false
	}
	action, because := p.action(prior, response), fmt.Sprint(response.RequiresReplace)
	if prior == nil && (tainted || planned == "replace") {
		action = "replace"
	}
	if action == "replace" && prior != nil || p.year.replace && prior != nil && planned == "" {
		action = "replace"
		response, ok = p.planOnce(&instance{value: p.year.nothing, private: response.PlannedPrivate, identity: response.PlannedIdentity}, config)
		if !ok {
			return plannedChange{}, false
		}
	}

	return plannedChange{action, response.PlannedState, response.PlannedPrivate, response.PlannedIdentity, because}, ok
}

// planOnce sends one request for a plan, with what Terraform proposes: the
// configuration, and the prior values of computed attributes that it lacks.
func (p *process) planOnce(prior *instance, config *tfprotov6.DynamicValue) (*tfprotov6.PlanResourceChangeResponse, bool) {
	if prior == nil {
		prior = &instance{value: p.year.nothing}
	}
	proposed := config
	if before := p.attributesOf(prior.value); len(before) > 0 {
		merged := p.attributesOf(config)
		for _, attribute := range p.year.resource.Block.Attributes {
			if attribute.Computed && merged[attribute.Name].IsNull() {
				merged[attribute.Name] = before[attribute.Name]
			}
		}
		all := values{}
		for name, value := range merged {
			all[name] = value
		}
		proposed = p.object(p.year.resource, all)
	}
	response, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: objectType, PriorState: prior.value, PriorPrivate: prior.private, PriorIdentity: prior.identity,
		ProposedNewState: proposed, Config: config,
	})
	if !p.succeeded("plan", response.Diagnostics, err) {
		return nil, false
	}
	planned := p.attributesOf(response.PlannedState)
	for name, configured := range p.attributesOf(config) {
		if !configured.IsNull() && name != "timeouts" && !planned[name].Equal(configured) && !planned[name].Equal(p.attributesOf(prior.value)[name]) {
			p.year.violated("Provider produced invalid plan: %s is %s, and is planned as %s", name, configured, planned[name])
		}
	}

	return response, true
}

// action returns the action of a plan. A path that requires a replacement counts
// only if its value changes.
func (p *process) action(prior *instance, response *tfprotov6.PlanResourceChangeResponse) string {
	if prior == nil {
		return "create"
	}
	before, after := p.attributesOf(prior.value), p.attributesOf(response.PlannedState)
	for _, required := range response.RequiresReplace {
		name, _ := required.Steps()[0].(tftypes.AttributeName)
		if !before[string(name)].Equal(after[string(name)]) {
			return "replace"
		}
	}
	if maps.EqualFunc(before, after, tftypes.Value.Equal) {
		return "no-op"
	}

	return "update"
}

// planDestroy plans the destruction of an object.
func (p *process) planDestroy(prior *instance) (*tfprotov6.PlanResourceChangeResponse, bool) {
	response, err := p.server.PlanResourceChange(p.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: objectType, PriorState: prior.value, PriorPrivate: prior.private, PriorIdentity: prior.identity,
		ProposedNewState: p.year.nothing, Config: p.year.nothing,
	})

	return response, p.succeeded("plan of destroy", response.Diagnostics, err)
}

// destroy plans and destroys an object.
func (p *process) destroy(prior *instance) bool {
	planned, ok := p.planDestroy(prior)
	if !ok {
		return false
	}
	response, err := p.server.ApplyResourceChange(p.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: objectType, PriorState: prior.value, PlannedState: p.year.nothing, Config: p.year.nothing,
		PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity,
	})

	return p.succeeded("destroy", response.Diagnostics, err)
}

// planDownload plans the action that downloads the file of an export.
func (p *process) planDownload(id string) bool {
	response, err := p.actions().PlanAction(p.ctx, &tfprotov6.PlanActionRequest{ActionType: downloadType, Config: p.download(id, "x.zip")})

	return p.succeeded("plan of the download", response.Diagnostics, err)
}

// download returns the configuration of the action.
func (p *process) download(id, file string) *tfprotov6.DynamicValue {
	arguments := values{"id": id, "path": file}
	if id == "unknown" {
		arguments["id"], arguments["path"] = unknown, unknown
	}
	if organization := p.year.settings.Organization; organization != "" {
		arguments["organization_id"] = organization
	}

	return p.object(p.schema.ActionSchemas[downloadType].Schema, arguments)
}

// attributesOf returns the attributes of an object of the resource.
func (p *process) attributesOf(value *tfprotov6.DynamicValue) map[string]tftypes.Value {
	return p.attributes(p.year.resource, value)
}

// text returns a string attribute: "" if it is null, and "unknown".
func (p *process) text(value *tfprotov6.DynamicValue, name string) string {
	attribute := p.attributesOf(value)[name]
	if !attribute.IsKnown() {
		return "unknown"
	}
	text, _ := plain(p.t, attribute).(string)

	return text
}
