package provider

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// violated records the first broken promise. The year ends with it.
func (y *year) violated(format string, arguments ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.violation == nil {
		y.violation = fmt.Errorf(format, arguments...)
	}
}

// reasons returns why the plan may request an export, as the world knows it.
func (y *year) reasons(plan *approved) []string {
	current := plan.state.current
	if current == nil {
		return []string{"there is none in state"}
	}
	state := y.read(current)
	known, status := y.exports[state.id], ""
	if known != nil {
		status = y.status(known)
	}
	var reasons []string
	add := func(reason string, holds bool) {
		if holds {
			reasons = append(reasons, reason)
		}
	}
	wanted := y.settings.organization()
	add("the operator replaces it", y.replace)
	add("it is tainted, and "+status, current.tainted && slices.Contains([]string{"failed", "expired", ""}, status))
	add("another organization", y.unknown != "organization_id" && wanted != "" && state.organization != "" && wanted != state.organization)
	add("other triggers", y.unknown == "triggers" || y.settings.month() != state.month)
	add("other files", y.unknown != "include_files" && y.settings.files() != state.files)
	add("it is "+status, y.unknown != "replace_on_status" && slices.Contains(strings.Split(y.settings.Replace, ","), status))
	age, err := time.ParseDuration(y.settings.RotateAfter)
	add("rotation is due", err == nil && y.unknown != "rotate_after" && known != nil &&
		!y.serverTime().Before(known.created.Add(age-time.Second)))

	return reasons
}

// stateText are attributes in state that the judge needs.
type stateText struct{ id, organization, month, files, status string }

func (y *year) read(current *instance) stateText {
	if current.text != nil {
		return *current.text
	}
	attributes := protocol{t: y.t}.attributes(y.resource, current.value)
	text := func(name string) string {
		if attributes[name].IsNull() {
			return ""
		}

		return as[string](y.t, attributes[name])
	}
	month, files := "", false
	if !attributes["triggers"].IsNull() {
		if value := as[map[string]tftypes.Value](y.t, attributes["triggers"])["month"]; !value.IsNull() {
			month = as[string](y.t, value)
		}
	}
	if !attributes["include_files"].IsNull() {
		files = as[bool](y.t, attributes["include_files"])
	}

	y.judgeText("state", text("status")+text("file_id")+text("created_time"))
	current.text = &stateText{text("id"), text("organization_id"), month, strconv.FormatBool(files), text("status")}

	return *current.text
}

// judgeRequest judges a POST that the API carried out.
func (y *year) judgeRequest(requested *export, includesFiles bool) {
	plan := y.approved
	if y.invoking {
		y.invoking = false // It requests once.
		if requested.organization != y.settings.organization() {
			y.violated("the action requested %s from organization %q", requested.name, requested.organization)
		}

		return
	}
	switch {
	case plan == nil:
		y.violated("%s was requested outside of an apply", requested.name)

		return
	case plan.change.action != "create" && plan.change.action != "replace":
		y.violated("%s was requested, and the plan is: %s", requested.name, plan.change.action)
	case len(plan.requested) > 0:
		y.violated("%s was requested after %s, for the same plan", requested.name, plan.requested[0].name)
	case strconv.FormatBool(includesFiles) != plan.files && plan.files != "unknown":
		y.violated("%s was requested with files: %t, and the plan shows %s", requested.name, includesFiles, plan.files)
	case len(plan.reasons) == 0:
		y.violated("%s was requested without a reason", requested.name)
	case plan.organization != "unknown" && plan.organization != requested.organization:
		y.violated("%s was requested from organization %q, and the plan shows %q", requested.name, requested.organization, plan.organization)
	}
	plan.requested = append(plan.requested, requested)
}

// inProgress are the attributes that change while an export is in progress.
var inProgress = []string{"status", "file_id", "resources", "record_counts", "updated_time", "retention_time"}

// configurable are the attributes whose values come from the configuration.
var configurable = []string{"organization_id", "include_files", "triggers", "rotate_after", "replace_on_status", "wait_for_completion", "timeouts"}

// judgePlan judges a plan: without a reason it requests nothing, and changes only
// what the configuration changed, or what is in progress.
func (y *year) judgePlan(p *process, plan *approved) {
	plan.organization = p.text(plan.change.value, "organization_id")
	plan.files = "unknown"
	if files := p.attributesOf(plan.change.value)["include_files"]; files.IsKnown() && !files.IsNull() {
		plan.files = strconv.FormatBool(as[bool](y.t, files))
	}
	prior := plan.state.current
	if prior == nil {
		return
	}
	state := y.read(prior)
	y.trace("  plan: %s %s", plan.change.action, y.nameOf(state.id))
	if plan.change.action == "replace" {
		if len(plan.reasons) == 0 {
			known, tainted := y.exports[state.id], ""
			if prior.tainted {
				tainted = ", tainted by: " + prior.why
			}
			y.violated("the plan replaces %s (%s%s) without a reason: %s", known.name, y.status(known), tainted, plan.change.because)
		}
		for reason, warning := range map[string]string{
			"rotation is due": "Export Replaced for Rotation", "it is failed": statusWarningSummary, "it is expired": statusWarningSummary,
		} {
			if slices.Equal(plan.reasons, []string{reason}) && !slices.Contains(p.summaries, warning) {
				y.violated("the plan replaces %s because %s, and does not say so", y.nameOf(state.id), reason)
			}
		}

		return
	}
	if plan.change.action == "no-op" && isInProgress(state.status) && !plan.settings.NoWait {
		y.violated("the plan does not wait for %s, which is %s", y.nameOf(state.id), state.status)
	}
	before, after := p.attributesOf(prior.value), p.attributesOf(plan.change.value)
	for name, was := range before {
		if was.Equal(after[name]) {
			continue
		}
		allowed := slices.Contains(configurable, name) && after[name].IsFullyKnown() || plan.unknown == name ||
			name == "rotation_time" && !before["rotate_after"].Equal(after["rotate_after"]) ||
			slices.Contains(inProgress, name) && isInProgress(state.status)
		if !allowed {
			y.violated("the plan changes %s of %s from %s to %s without a reason", name, y.nameOf(state.id), was, after[name])
		}
	}
}

// judgeFinalPlan compares the plan made while applying with the approved one. An
// environment that changed in between explains a difference.
func (y *year) judgeFinalPlan(p *process, plan *approved, final plannedChange) bool {
	difference := ""
	if final.action != plan.change.action && (plan.change.action != "update" || final.action != "no-op") {
		difference = "the action changed from " + plan.change.action + " to " + final.action
	}
	after := p.attributesOf(final.value)
	for name, planned := range p.attributesOf(plan.change.value) {
		if planned.IsFullyKnown() && !planned.Equal(after[name]) {
			difference = name + " changed from " + planned.String() + " to " + after[name].String()
		}
	}
	if difference == "" {
		return true
	}
	if plan.settings.Environment != y.settings.Environment || plan.settings.BaseURL != y.settings.BaseURL {
		y.trace("  inconsistent final plan, as expected")

		return false
	}
	y.violated("Provider produced inconsistent final plan: %s", difference)

	return false
}

// judgeResult judges what the provider returned after an apply.
func (y *year) judgeResult(p *process, plan *approved, final plannedChange, created *instance, ok bool) {
	for _, requested := range plan.requested {
		if !requested.lost && (created == nil || y.read(created).id != requested.id) {
			y.violated("%s was requested, and is not in state", requested.name)
		}
	}
	if created == nil {
		if ok || final.action == "update" {
			y.violated("Provider returned invalid result object after apply: it is null")
		}

		return
	}
	after := p.attributesOf(created.value)
	for name, planned := range p.attributesOf(final.value) {
		if !after[name].IsFullyKnown() {
			y.violated("Provider returned invalid result object after apply: %s is unknown", name)
		}
		if ok && planned.IsFullyKnown() && !planned.Equal(after[name]) {
			y.violated("Provider produced inconsistent result after apply: %s is %s, and was planned as %s", name, after[name], planned)
		}
	}
}

// judgeRemoval judges that an export left state: only with the proof that the API
// does not have it any more.
func (y *year) judgeRemoval(prior *instance) {
	known := y.exports[y.read(prior).id]
	y.trace("  %s left state", known.name)
	switch {
	case !known.purged:
		y.violated("%s (%s) left state, and the API still has it", known.name, y.status(known))
	case !known.readBy[y.reader()]:
		y.violated("%s left state without proof: no GET had returned it to this credential at this base URL", known.name)
	}
}

// blames are words by which a message says that the provider has a bug.
var blames = regexp.MustCompile(`Report this|\bbug\b|defect|inconsistent|Unexpected Error|Value Conversion Error`)

// judgeText judges what Terraform prints.
func (y *year) judgeText(call, text string) {
	for _, secret := range append(slices.Clone(secrets), foreignKey, y.credential()) {
		if secret != "" && strings.Contains(text, secret) {
			y.violated("%s shows a secret: %s", call, text)
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) }) || strings.Contains(text, "\n::") {
		y.violated("%s shows control characters: %q", call, text)
	}
	if word := blames.FindString(text); word != "" {
		y.violated("%s says that the provider has a bug (%q): %s", call, word, text)
	}
}

const statusWarningSummary = "Export Replaced Because of Its Status"

// judgeAge judges after a successful run that the export is not older than
// rotate_after. A new rotate_after counts in the run after it, without a refresh nothing
// is rotated, and a saved plan is late.
func (y *year) judgeAge() {
	known, before := y.current(), y.rotateAfter
	y.rotateAfter = y.settings.RotateAfter
	age, err := time.ParseDuration(y.settings.RotateAfter)
	if err != nil || known == nil || y.rotateAfter != before || y.noRefresh || y.later > 0 || y.unknown != "" {
		return
	}
	if old := y.serverTime().Sub(known.created); old > age+24*time.Hour {
		y.violated("after a successful run, %s is %s old", known.name, old)
	}
}

// judgeFile compares the file on the disk with that of the world.
func (y *year) judgeFile(file string) {
	known := y.current()
	got, err := os.ReadFile(file)
	fileID, _ := y.apis[known.host].Export(known.home, known.id)["fileId"].(string)
	want, _ := io.ReadAll(y.apis[known.host].FileContent(fileID))
	if err != nil || !bytes.Equal(got, want) {
		y.violated("the file of %s was delivered, and is wrong: %v", known.name, err)
	}
	known.delivered = true
	_ = os.Remove(file)
}

// judgeEnd judges that everything converged after the faults: a completed export
// that is not too old, its file, and a plan without changes.
func (y *year) judgeEnd() {
	plan, ok := y.plan(true)
	if !ok || plan.change.action != "no-op" || plan.state.current == nil {
		y.violated("after two runs without faults, a plan still changes something or fails")

		return
	}
	state := y.read(plan.state.current)
	known := y.exports[state.id]
	age, err := time.ParseDuration(y.settings.RotateAfter)
	expired := state.status == "expired" && !strings.Contains(y.settings.Replace, "expired")
	requestedToday := y.settings.NoWait && isInProgress(state.status) && y.serverTime().Sub(known.created) < 24*time.Hour
	switch {
	case plan.state.current.tainted:
		y.violated("after two runs without faults, %s is tainted", known.name)
	case state.status != "completed" && !expired && !requestedToday:
		y.violated("after two runs without faults, %s is %s", known.name, state.status)
	case err == nil && y.serverTime().Sub(known.created) > age+24*time.Hour:
		y.violated("after two runs without faults, %s is older than rotate_after", known.name)
	case state.status == "completed" && !known.delivered:
		y.violated("after two runs without faults, the file of %s was not delivered", known.name)
	case len(plan.state.deposed) > 0:
		y.violated("after two runs without faults, there is a deposed export")
	}
}

// current returns what the world knows of the export in state, or nil.
func (y *year) current() *export {
	if y.state.current == nil {
		return nil
	}

	return y.exports[y.read(y.state.current).id]
}
