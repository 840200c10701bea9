package provider

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// settings are the configuration and the environment of the operator: arguments of the
// resource, what its lifecycle says, the organization of the "environment", and the
// "base URL". An empty one is the same as none.
type settings map[string]string

// organization returns the organization that the configuration and the environment
// name, or "" for the credential's default.
func (s settings) organization() string { return cmp.Or(s["organization_id"], s["environment"]) }

func (s settings) waits() bool { return s["wait_for_completion"] != "false" }

func (s settings) host() string {
	if s["base URL"] != "" {
		return sandboxHost
	}

	return liveHost
}

// arguments returns the configuration of the resource. The argument that is named
// unknown is not known yet.
func (s settings) arguments(unknownName string) values {
	arguments := values{"wait_for_completion": s.waits()}
	for name, value := range s {
		switch {
		case value == "":
		case name == "organization_id", name == "rotate_after":
			arguments[name] = value
		case name == "include_files":
			arguments[name] = value == "true"
		case name == "timeouts":
			arguments[name] = values{"create": value, "update": value}
		case name == "triggers" && value == "{}":
			arguments[name] = map[string]tftypes.Value{}
		case name == "triggers":
			arguments[name] = map[string]tftypes.Value{"month": tftypes.NewValue(tftypes.String, value)}
		case name == "replace_on_status" && value == "{}":
			arguments[name] = []tftypes.Value{}
		case name == "replace_on_status":
			var statuses []tftypes.Value
			for status := range strings.SplitSeq(value, ",") {
				statuses = append(statuses, tftypes.NewValue(tftypes.String, status))
			}
			arguments[name] = statuses
		}
	}
	if unknownName != "" {
		arguments[unknownName] = unknown
	}

	return arguments
}

// credential is what the API receives.
func (y *year) credential() string {
	switch {
	case time.Now().Before(y.wrongKeyUntil):
		return foreignKey
	case y.usesJWT:
		return y.jwt
	default:
		return y.key
	}
}

// reader is who reads now: a credential, and the host that it is sent to.
func (y *year) reader() string { return y.credential() + "@" + y.settings.host() }

// environment is what decides about the default organization: its name, and the host.
func (y *year) environment() string { return y.settings["environment"] + "@" + y.settings.host() }

// variables are the environment variables of a process.
func (y *year) variables() map[string]string {
	credential := apiKeyVariable
	if strings.HasPrefix(y.credential(), "eyJ") {
		credential = jwtVariable
	}

	return map[string]string{
		credential: y.credential(), organizationIDVariable: y.settings["environment"],
		baseURLVariable: map[string]string{sandboxHost: rebilly.SandboxBaseURL}[y.settings.host()],
	}
}

// newKey makes the operator use a new credential.
func (y *year) newKey() {
	y.keyCount++
	y.key = fmt.Sprintf("sk_live_SECRET-KEY-%d", y.keyCount)
}

// terraformState is what Terraform keeps between two runs. It is on the disk after each
// change.
type terraformState struct {
	current *instance
	deposed []*instance
	// file is the ID of the export for which the object that uses the file was
	// created.
	file string
}

// approved is a plan of a whole run.
type approved struct {
	// state is the refreshed one.
	state  terraformState
	change *instance
	// reasons are why an export may be requested, as far as the plan can know.
	reasons []string
	// environment is what the plan was made with.
	environment string
	// requested are the exports that were requested for it.
	requested []*export
}

// plan is the walk that plans.
func (y *year) plan(p *process) *approved {
	config := p.config(y.unknown)
	validated, err := p.server.ValidateResourceConfig(p.ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: objectType, Config: config.value})
	p.must("validate", validated.Diagnostics, err)
	result := &approved{state: y.state, environment: y.environment()}
	if !y.noRefresh {
		result.state.current, result.state.deposed = p.refresh(y.state.current), nil
		for _, deposed := range y.state.deposed {
			if refreshed := p.refresh(deposed); refreshed.exists() {
				result.state.deposed = append(result.state.deposed, refreshed)
			}
		}
	}
	result.reasons = y.reasons(result.state.current)
	result.change = p.planChange(result.state.current, config, "")
	p.endIf(p.interrupted.Load())
	y.judgePlan(p, result)
	p.postcondition(result.change)
	for _, deposed := range result.state.deposed {
		p.planOnce(deposed, y.nothing)
	}
	if id := result.change.text["id"]; !y.withoutFile && id != y.state.file {
		arguments := values{"id": id, "path": "x.zip"}
		if id == "unknown" {
			arguments = values{"id": unknown, "path": unknown}
		}
		planned, err := p.actions().PlanAction(p.ctx, &tfprotov6.PlanActionRequest{ActionType: downloadType, Config: p.action(downloadType, arguments)})
		p.must("plan of the download", planned.Diagnostics, err)
	}

	return result
}

// apply is the walk that applies an approved plan.
func (y *year) apply(p *process, plan *approved) {
	y.approved = plan
	defer func() { y.approved = nil }()
	y.state = plan.state
	for number, deposed := range plan.state.deposed {
		p.endIf(!p.destroy(deposed) || p.interrupted.Load())
		y.state.deposed = plan.state.deposed[number+1:]
	}
	if y.invokeBefore {
		p.endIf(!y.invokeRequest(p, "before"))
		y.invokeBefore = false
	}
	if plan.change.action != "no-op" {
		y.applyChange(p, plan)
	}
	p.endIf(p.interrupted.Load() || !y.state.current.exists())
	p.postcondition(y.state.current)

	// The object that uses the file is replaced with the export. Before it
	// is created, the action downloads the file.
	if id := y.state.current.text["id"]; !y.withoutFile && id != y.state.file {
		file := filepath.Join(y.folder, id+".zip")
		p.endIf(!p.invoke(downloadType, values{"id": id, "path": file}))
		y.judgeFile(file)
		y.state.file = id
	}
	if y.invokeAfter {
		y.invokeRequest(p, "after")
	}
}

// invokeRequest invokes the action that requests an export.
func (y *year) invokeRequest(p *process, how string) bool {
	y.happened(event{Kind: "action", How: how})
	y.invoking = true
	defer func() { y.invoking = false }()

	return p.invoke(requestType, values{})
}

// applyChange applies the planned change of the resource.
func (y *year) applyChange(p *process, plan *approved) {
	replaces, createFirst := plan.change.action == "replace", y.settings["create_before_destroy"] == "true"
	prior, old := y.state.current, y.state.current
	if replaces {
		prior = y.nothing
		if !createFirst {
			p.endIf(!p.destroy(old))
			y.state.current = y.nothing
		}
	}
	config := p.config("")
	final := p.planChange(prior, config, plan.change.action)
	p.endIf(!y.judgeFinalPlan(plan, final))
	if final.action == "no-op" {
		return
	}
	y.trace("  apply: %s", final.action)
	applied, ok := p.applyOnce(prior, final, config)
	applied.tainted = applied.exists() && !ok && plan.change.action != "update"
	applied.readAs = prior.readAs
	if known := y.known(applied); known != nil && known.lastReader == p {
		applied.readAs = y.reader()
	}
	y.judgeResult(plan, final, applied, ok)
	// The old object stays: current if nothing came in its place, or else deposed.
	switch {
	case !replaces || !createFirst:
		y.state.current = applied
	case !applied.exists():
	case ok && !p.interrupted.Load():
		y.state.current = applied
		ok = p.destroy(old)
	default:
		y.state.current, y.state.deposed = applied, append(slices.Clone(y.state.deposed), old)
	}
	p.endIf(!ok)
}

// postcondition is that of the documented example: the export was completed. An
// unknown status is not checked.
func (p *process) postcondition(of *instance) {
	if p.year.settings["postcondition"] == "true" && !slices.Contains([]string{"unknown", "completed", "expired"}, of.text["status"]) {
		p.year.trace("  postcondition: the status is %q", of.text["status"])
		p.endIf(true)
	}
}
