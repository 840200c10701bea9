package provider

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// violatedIf records the first promise that was broken. The year ends with it.
func (y *year) violatedIf(broken bool, format string, arguments ...any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if broken && y.violation == nil {
		y.violation = fmt.Errorf(format, arguments...)
	}
}

// reasons returns why a plan may request an export, as the world knows it.
func (y *year) reasons(current *instance) []string {
	if !current.exists() {
		return []string{"there is none in state"}
	}
	known, status, wanted := y.known(current), "", y.settings.organization()
	if known != nil {
		status = y.status(known)
	}
	reasons := map[string]bool{
		"the operator replaces it":     y.replace,
		"it is tainted, and " + status: current.tainted && slices.Contains([]string{"failed", "expired", ""}, status),
		"another organization":         y.unknown != "organization_id" && wanted != "" && !slices.Contains([]string{"", wanted}, current.text["organization_id"]),
		"other triggers":               y.unknown == "triggers" || strings.Trim(y.settings["triggers"], "{}") != current.text["triggers"],
		"other files":                  y.unknown != "include_files" && cmp.Or(y.settings["include_files"], "false") != cmp.Or(current.text["include_files"], "false"),
		"it is " + status:              y.unknown != "replace_on_status" && status != "" && slices.Contains(strings.Split(y.settings["replace_on_status"], ","), status),
		"rotation is due":              y.unknown != "rotate_after" && y.isDue(known, -time.Second),
	}
	maps.DeleteFunc(reasons, func(_ string, holds bool) bool { return !holds })

	return slices.Sorted(maps.Keys(reasons))
}

// isDue reports whether the export is older than rotate_after, and that time more.
func (y *year) isDue(known *export, more time.Duration) bool {
	age, err := time.ParseDuration(y.settings["rotate_after"])

	return err == nil && known != nil && !y.serverTime().Before(known.created.Add(age+more))
}

// judgeRequest judges a POST that the API carried out.
func (y *year) judgeRequest(requested *export, includesFiles bool) {
	if y.invoking {
		y.invoking = false // It requests once.
		y.violatedIf(requested.organization != y.settings.organization(), "the action requested %s from organization %q", requested.name, requested.organization)

		return
	}
	plan := y.approved
	if plan == nil {
		y.violatedIf(true, "%s was requested outside of an apply", requested.name)

		return
	}
	action, files, organization := plan.change.action, plan.change.text["include_files"], plan.change.text["organization_id"]
	y.violatedIf(action != "create" && action != "replace", "%s was requested, and the plan is: %s", requested.name, action)
	y.violatedIf(len(plan.requested) > 0, "%s was requested, and not for the first time for the same plan", requested.name)
	y.violatedIf(files != "unknown" && files != strconv.FormatBool(includesFiles), "%s was requested with files: %t, and the plan shows %s", requested.name, includesFiles, files)
	y.violatedIf(len(plan.reasons) == 0, "%s was requested without a reason", requested.name)
	y.violatedIf(organization != "unknown" && organization != requested.organization,
		"%s was requested from organization %q, and the plan shows %q", requested.name, requested.organization, organization)
	plan.requested = append(plan.requested, requested)
}

// inProgress are the attributes that change while an export is in progress.
var inProgress = []string{"status", "file_id", "resources", "record_counts", "updated_time", "retention_time"}

// configurable are the attributes whose values come from the configuration.
var configurable = []string{"organization_id", "include_files", "triggers", "rotate_after", "replace_on_status", "wait_for_completion", "timeouts"}

// judgePlan judges a plan: without a reason it requests nothing, and changes only
// what the configuration changed, or what is in progress.
func (y *year) judgePlan(p *process, plan *approved) {
	prior, change := plan.state.current, plan.change
	if !prior.exists() {
		return
	}
	known, progressing := y.known(prior), isInProgress(prior.text["status"])
	y.trace("  plan: %s %s", change.action, known.name)
	if change.action == "replace" {
		y.violatedIf(len(plan.reasons) == 0, "the plan replaces %s (%s, tainted: %t) without a reason", known.name, y.status(known), prior.tainted)
		for reason, warning := range map[string]string{
			"rotation is due": "Export Replaced for Rotation", "it is failed": statusWarningSummary, "it is expired": statusWarningSummary,
		} {
			y.violatedIf(slices.Equal(plan.reasons, []string{reason}) && !slices.Contains(p.summaries, warning),
				"the plan replaces %s because %s, and does not say so", known.name, reason)
		}

		return
	}
	y.violatedIf(change.action == "no-op" && progressing && y.settings.waits(), "the plan does not wait for %s, which is %s", known.name, prior.text["status"])
	for name, was := range prior.attributes {
		is := change.attributes[name]
		allowed := was.Equal(is) || y.unknown == name || slices.Contains(configurable, name) && is.IsFullyKnown() ||
			name == "rotation_time" && !prior.attributes["rotate_after"].Equal(change.attributes["rotate_after"]) ||
			progressing && slices.Contains(inProgress, name)
		y.violatedIf(!allowed, "the plan changes %s of %s from %s to %s without a reason", name, known.name, was, is)
	}
}

// judgeFinalPlan compares the plan made while applying with the approved one. An
// environment that changed in between explains a difference.
func (y *year) judgeFinalPlan(plan *approved, final *instance) bool {
	difference := ""
	if final.action != plan.change.action && (plan.change.action != "update" || final.action != "no-op") {
		difference = "the action changed from " + plan.change.action + " to " + final.action
	}
	for name, planned := range plan.change.attributes {
		if planned.IsFullyKnown() && !planned.Equal(final.attributes[name]) {
			difference = name + " changed from " + planned.String() + " to " + final.attributes[name].String()
		}
	}
	switch {
	case difference == "":
		return true
	case plan.environment != y.environment():
		y.trace("  inconsistent final plan, as expected")
	default:
		y.violatedIf(true, "Provider produced inconsistent final plan: %s", difference)
	}

	return false
}

// judgeResult judges what the provider returned after an apply.
func (y *year) judgeResult(plan *approved, final, applied *instance, ok bool) {
	for _, requested := range plan.requested {
		y.violatedIf(!requested.lost && y.known(applied) != requested, "%s was requested, and is not in state", requested.name)
	}
	y.violatedIf(ok && y.settings.waits() && final.text["status"] == "unknown" && applied.text["status"] == "failed", "the failed export is not an error of its %s", final.action)
	y.violatedIf(!applied.exists() && (ok || final.action == "update"), "Provider returned invalid result object after apply: it is null")
	for name, is := range applied.attributes {
		planned := final.attributes[name]
		y.violatedIf(!is.IsFullyKnown(), "Provider returned invalid result object after apply: %s is unknown", name)
		y.violatedIf(ok && planned.IsFullyKnown() && !planned.Equal(is), "Provider produced inconsistent result after apply: %s is %s, and was planned as %s", name, is, planned)
	}
}

// judgeRemoval judges that an export left state: only with the proof that the API
// does not have it any more.
func (y *year) judgeRemoval(prior *instance) {
	known := y.known(prior)
	y.trace("  %s left state", known.name)
	y.violatedIf(!known.purged, "%s left state, and the API still has it", known.name)
	y.violatedIf(!known.readBy[y.reader()], "%s left state without proof: no GET had returned it to this credential at this base URL", known.name)
}

// blames are words by which a message says that the provider has a bug.
var blames = regexp.MustCompile(`Report this|\bbug\b|defect|inconsistent|Unexpected Error|Value Conversion Error`)

// judgeSecrets judges what Terraform prints or saves.
func (y *year) judgeSecrets(what, text string) {
	for _, secret := range append([]string{foreignKey, y.credential()}, secrets...) {
		y.violatedIf(secret != "" && strings.Contains(text, secret), "%s shows a secret: %q", what, text)
	}
}

// judgeText judges what Terraform prints.
func (y *year) judgeText(call, text string) {
	y.judgeSecrets(call, text)
	control := func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) }
	y.violatedIf(strings.ContainsFunc(text, control) || strings.Contains(text, "\n::"), "%s shows control characters: %q", call, text)
	y.violatedIf(blames.MatchString(text), "%s says that the provider has a bug: %s", call, text)
}

const statusWarningSummary = "Export Replaced Because of Its Status"

// judgeAge judges after a successful run that the export is not older than
// rotate_after. A new rotate_after counts in the run after it, without a refresh nothing
// is rotated, and a saved plan is late.
func (y *year) judgeAge() {
	known, before := y.current(), y.rotateAfter
	y.rotateAfter = y.settings["rotate_after"]
	y.violatedIf(y.rotateAfter == before && !y.noRefresh && y.later == 0 && y.unknown == "" && y.isDue(known, 24*time.Hour+1),
		"after a successful run, the export is older than rotate_after")
}

// judgeFile compares the file on the disk with that of the world.
func (y *year) judgeFile(file string) {
	known := y.current()
	got, err := os.ReadFile(file)
	fileID, _ := y.apis[known.host].Export(known.home, known.id)["fileId"].(string)
	want, _ := io.ReadAll(y.apis[known.host].FileContent(fileID))
	y.violatedIf(err != nil || !bytes.Equal(got, want), "the file of %s was delivered, and is wrong: %v", known.name, err)
	known.delivered = true
	_ = os.Remove(file)
}

// judgeEnd judges that everything converged after the faults: a completed export
// that is not too old, its file, and a plan without changes.
func (y *year) judgeEnd() {
	var plan *approved
	if !y.walk("plan", func(p *process) { plan = y.plan(p) }) || plan.change.action != "no-op" {
		y.violatedIf(true, "after two runs without faults, a plan still changes something or fails")

		return
	}
	current := plan.state.current
	known, status := y.known(current), current.text["status"]
	expired := status == "expired" && !strings.Contains(y.settings["replace_on_status"], "expired")
	requestedToday := !y.settings.waits() && isInProgress(status) && y.serverTime().Sub(known.created) < 24*time.Hour
	for wrong, holds := range map[string]bool{
		"is tainted":                     current.tainted,
		"is " + status:                   status != "completed" && !expired && !requestedToday,
		"is older than rotate_after":     y.isDue(known, 24*time.Hour+1),
		"has no file that was delivered": status == "completed" && !known.delivered,
		"has a deposed predecessor":      len(plan.state.deposed) > 0,
	} {
		y.violatedIf(holds, "after two runs without faults, %s %s", known.name, wrong)
	}
}

// known returns what the world knows of an instance, or nil if there is none.
func (y *year) known(of *instance) *export {
	if known := y.exports[of.text["id"]]; known != nil || !of.exists() {
		return known
	}
	y.violatedIf(true, "%q is in state, and is not the ID of an export", of.text["id"])

	return &export{name: "an export that does not exist", host: liveHost}
}

// current returns what the world knows of the export in state, or nil.
func (y *year) current() *export { return y.known(y.state.current) }
