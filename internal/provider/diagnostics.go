package provider

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// operationError is a failed operation, as the user needs to know it.
type operationError struct {
	*providerData

	// action is what failed, such as `read export "x"`.
	action string
	// permission is the API operation that the credential must be allowed.
	permission string
	// organizationID is the organization; null means the credential's default.
	organizationID types.String
	// attribute has the value that is wrong if the API finds no such export;
	// empty if no attribute has it.
	attribute string
	// created is true for the POST, which is sent once.
	created bool
	// outcome is what the user has to know besides, such as what is in state.
	outcome string
}

// readError returns the error for an export that could not be read, or that was
// waited for and not completed.
func (d *providerData) readError(id string, organizationID types.String, err error) diag.Diagnostic {
	return operationError{
		providerData:   d,
		action:         fmt.Sprintf("read export %q", id),
		permission:     "GetOrganizationExport",
		organizationID: organizationID,
		attribute:      "id",
	}.diagnostic(err)
}

// listError returns the error for exports that could not be listed.
func (d *providerData) listError(organizationID types.String, err error) diag.Diagnostic {
	return operationError{
		providerData:   d,
		action:         "list exports",
		permission:     "GetOrganizationExportCollection",
		organizationID: organizationID,
	}.diagnostic(err)
}

// requestError returns the error for an export that could not be requested.
func (d *providerData) requestError(organizationID types.String, err error) diag.Diagnostic {
	operation := operationError{
		providerData:   d,
		action:         "request an export",
		permission:     "PostOrganizationExport",
		organizationID: organizationID,
		created:        true,
	}
	if rebilly.MayHaveActed(err) {
		operation.outcome = "Rebilly may have received the request, and nothing is in state. Before you apply again, find out whether there is a new export, with the data source " +
			"rebilly_organization_exports (sort = [\"-createdTime\"]). If there is one, import it: " +
			"terraform import rebilly_organization_export.NAME " + importIDPattern(organizationID) + "."
	}

	return operation.diagnostic(err)
}

// keptError returns the error for an export that was requested and then could
// not be read, or was waited for and not completed. It is in state, tainted.
func (d *providerData) keptError(id string, organizationID types.String, err error) diag.Diagnostic {
	outcome := fmt.Sprintf("Export %q was requested and is in state, tainted: the next apply replaces it with a new export.", id)
	if _, terminal := errors.AsType[*rebilly.TerminalStatusError](err); !terminal {
		outcome += " To keep it and wait for it, run terraform untaint on this resource, and then terraform apply."
	}

	return operationError{
		providerData:   d,
		action:         fmt.Sprintf("read export %q after it was requested", id),
		permission:     "GetOrganizationExport",
		organizationID: organizationID,
		outcome:        outcome,
	}.diagnostic(err)
}

// updateError returns the error for an export in state that could not be read in
// its new organization, or that was waited for and not completed.
func (d *providerData) updateError(id string, organizationID types.String, err error) diag.Diagnostic {
	outcome := fmt.Sprintf("Export %q stays in state.", id)
	if _, terminal := errors.AsType[*rebilly.TerminalStatusError](err); terminal || rebilly.IsNotFound(err) {
		outcome += " To request a new one instead, run terraform apply -replace=ADDRESS."
	} else {
		outcome += " The next apply tries again."
	}

	return operationError{
		providerData:   d,
		action:         fmt.Sprintf("update export %q", id),
		permission:     "GetOrganizationExport",
		organizationID: organizationID,
		outcome:        outcome,
	}.diagnostic(err)
}

// requestedError returns the error for an export that an action requested, and
// that could not be read, or was waited for and not completed. No state has it.
func (d *providerData) requestedError(id string, organizationID types.String, err error) diag.Diagnostic {
	outcome := fmt.Sprintf("Export %q was requested, and Rebilly continues with it. Do not run the action again only to wait for it: "+
		"read it with the data source rebilly_organization_export (wait_for_completion = true), or import it: "+
		"terraform import rebilly_organization_export.NAME %s.", id,
		importID(organizationExportModel{ID: types.StringValue(id), OrganizationID: organizationID}))
	if _, terminal := errors.AsType[*rebilly.TerminalStatusError](err); terminal {
		outcome = fmt.Sprintf("Export %q was requested, and Rebilly does not continue with it. Running the action again requests a new export.", id)
	}

	return operationError{
		providerData:   d,
		action:         fmt.Sprintf("read export %q after it was requested", id),
		permission:     "GetOrganizationExport",
		organizationID: organizationID,
		outcome:        outcome,
	}.diagnostic(err)
}

// downloadError returns the error for an export that could not be downloaded.
func (d *providerData) downloadError(id, target string, organizationID types.String, err error) diag.Diagnostic {
	permission := "GetOrganizationExport"
	if _, ok := errors.AsType[*fileRecordError](err); ok {
		permission = "GetFile"
	}

	return operationError{
		providerData:   d,
		action:         fmt.Sprintf("download export %q to %q", id, target),
		permission:     permission,
		organizationID: organizationID,
		outcome:        "Nothing was written to the path.",
	}.diagnostic(err)
}

// removedWarning returns the warning for an export that Rebilly does not have
// any more.
func (d *providerData) removedWarning(model organizationExportModel) diag.Diagnostic {
	advice := "The next apply requests a new export of this organization."
	if model.OrganizationID.ValueString() != d.organization.value {
		advice = "The next apply requests a new export. Check organization_id in its plan: without one, the export belongs to the credential's default organization."
	}
	if model.OrganizationID.IsNull() {
		advice += " If the credential now belongs to another organization, set the previous credential again before you apply, or set organization_id."
	}

	return diag.NewWarningDiagnostic("Export Removed from State", joinParagraphs(
		fmt.Sprintf("Rebilly no longer has export %q, so it was removed from state.", model.ID.ValueString()),
		d.facts(model.OrganizationID),
		advice))
}

// otherBaseURLError returns the error for an export that was not found at
// another base URL than the one that last returned it.
func (d *providerData) otherBaseURLError(model organizationExportModel, lastBaseURL string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Export Not Found at This Base URL", joinParagraphs(
		fmt.Sprintf("Export %q was last read from %s, and %s does not have it. It stays in state.", model.ID.ValueString(), lastBaseURL, d.client.BaseURL()),
		d.facts(model.OrganizationID),
		"Set environment or base_url to call "+lastBaseURL+" again. "+
			"If you no longer want to manage the export, remove it from state: terraform state rm ADDRESS."))
}

// organizationNotSetError returns the error for a replacement that would belong
// to the credential's default organization, unlike the export that it replaces.
func organizationNotSetError(replaced string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Organization Not Set", fmt.Sprintf(
		"The export to replace belongs to organization %q, and the new export would belong to the credential's default organization.\n\n"+
			"Set organization_id to %q, for this resource or in the provider configuration.", replaced, replaced))
}

// keptByRebillyWarning returns the warning for an export that is to be
// destroyed.
func keptByRebillyWarning(model organizationExportModel) diag.Diagnostic {
	kept := "keeps it and its file until its retention ends"
	switch {
	case model.Status.ValueString() == rebilly.StatusFailed:
		kept = "keeps it"
	case model.Status.ValueString() == rebilly.StatusExpired:
		kept = "keeps it; its file is already deleted"
	case !model.RetentionTime.IsNull():
		kept = "keeps it and its file until " + model.RetentionTime.ValueString()
	}

	return diag.NewWarningDiagnostic("Export Kept by Rebilly",
		fmt.Sprintf("Destroying this resource only removes export %q from state. Rebilly has no operation that deletes an export, and %s.",
			model.ID.ValueString(), kept))
}

// rotationWarning returns the warning for an export that a plan replaces because
// of its age.
func rotationWarning(model organizationExportModel, rotateAfter string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("rotate_after"), "Export Replaced for Rotation",
		fmt.Sprintf("Export %q was requested at %s, which is at least rotate_after (%s) ago. Applying this plan requests a new export.",
			model.ID.ValueString(), model.CreatedTime.ValueString(), rotateAfter))
}

// statusWarning returns the warning for an export that a plan replaces because
// of its status.
func statusWarning(model organizationExportModel) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("replace_on_status"), "Export Replaced Because of Its Status",
		fmt.Sprintf("Export %q has the status %s, which is in replace_on_status. Applying this plan requests a new export.",
			model.ID.ValueString(), model.Status.ValueString()))
}

// importIDPattern returns what to import a new export of an organization by.
func importIDPattern(organizationID types.String) string {
	return importID(organizationExportModel{ID: types.StringValue("ID"), OrganizationID: organizationID})
}

// facts returns the organization, the environment and other facts, one per
// line.
func (d *providerData) facts(organizationID types.String, more ...string) string {
	organization := "default organization of the credential (from " + d.credentialSource + ")"
	switch id := organizationID.ValueString(); id {
	case "":
	case d.organization.value:
		organization = id + " (from " + d.organization.source + ")"
	default:
		organization = id
	}

	return strings.Join(append([]string{"Organization: " + organization, "Environment: " + d.environment}, more...), "\n")
}

func joinParagraphs(paragraphs ...string) string {
	var kept []string
	for _, paragraph := range paragraphs {
		if paragraph != "" {
			kept = append(kept, paragraph)
		}
	}

	return strings.Join(kept, "\n\n")
}

// explanation is what an error means to the user.
type explanation struct {
	summary string
	// cause completes "Could not ...: ".
	cause string
	facts []string
	// nextSteps are imperative sentences.
	nextSteps string
}

// diagnostic returns err as an error for Terraform: what failed, facts, and what
// to do.
func (o operationError) diagnostic(err error) diag.Diagnostic {
	explained := o.explain(err)
	detail := joinParagraphs(
		"Could not "+o.action+": "+explained.cause+".",
		o.facts(o.organizationID, explained.facts...),
		explained.nextSteps,
		o.outcome)
	_, terminal := errors.AsType[*rebilly.TerminalStatusError](err)
	switch {
	case o.attribute != "" && rebilly.IsNotFound(err):
		return diag.NewAttributeErrorDiagnostic(path.Root(o.attribute), explained.summary, detail)
	case o.attribute != "" && terminal:
		return diag.NewAttributeErrorDiagnostic(path.Root("wait_for_completion"), explained.summary, detail)
	}

	return diag.NewErrorDiagnostic(explained.summary, detail)
}

func (o operationError) explain(err error) explanation {
	var (
		terminal   *rebilly.TerminalStatusError
		timeout    *rebilly.TimeoutError
		deadline   *rebilly.DeadlineError
		delay      *rebilly.RetryAfterError
		problem    *rebilly.Problem
		redirect   *rebilly.RedirectError
		invalid    *rebilly.InvalidResponseError
		connection *rebilly.ConnectionError
		download   *rebilly.DownloadError
		incomplete *notCompletedError
		file       *fs.PathError
	)
	cause := strings.TrimSuffix(err.Error(), ".")
	switch {
	case errors.As(err, &terminal):
		return explainTerminalStatus(terminal)
	case errors.As(err, &timeout):
		return explanation{"Timed Out Waiting for Export", cause, exportFacts(timeout.Export, timeout.Timeline), "Rebilly continues with the export. To wait longer, raise the timeout in the timeouts block."}
	case errors.As(err, &deadline):
		return explanation{"Operation Timed Out", cause, nil, "Raise the timeout in the timeouts block, or run Terraform again later."}
	case errors.As(err, &delay):
		return o.explainRetryAfter(delay)
	case errors.As(err, &problem):
		return o.explainProblem(problem)
	case errors.As(err, &download) && errors.Is(err, context.DeadlineExceeded):
		return explanation{"Operation Timed Out", cause, nil, "Raise the timeout in the timeouts block, or run Terraform again later."}
	case errors.As(err, &download):
		return explanation{"Download Failed", cause, nil, "Run Terraform again. If the error persists, contact Rebilly's support."}
	case errors.As(err, &incomplete):
		return explainNotCompleted(incomplete)
	case errors.As(err, &file):
		return explanation{"Download Failed", cause, nil, "Check that the folder exists or can be created, that it is writable, and that the disk has space."}
	case errors.As(err, &redirect):
		return explanation{
			"Redirect Refused", cause, nil, "The provider sends the credential to the configured host only. If the API is at " + redirect.Target + ", set base_url to it. " +
				"If not, check for a proxy or a login page between Terraform and Rebilly.",
		}
	case errors.As(err, &invalid):
		return explanation{
			"Unexpected Response", cause, nil, "The provider did not use the response. Check that base_url and the proxy lead to Rebilly's API. " +
				"If they do, report this to the provider's developers.",
		}
	case errors.As(err, &connection):
		return explanation{
			"Connection Failed", cause, nil, "Check that this machine can reach the host, and check its proxy (HTTPS_PROXY, NO_PROXY). " +
				"For a slow or unreliable connection, raise request_timeout or max_retries.",
		}
	case errors.Is(err, context.Canceled):
		return explanation{"Interrupted", "Terraform was interrupted", nil, ""}
	default:
		return explanation{"Unexpected Error", cause, nil, "Report this to the provider's developers."}
	}
}

func explainNotCompleted(incomplete *notCompletedError) explanation {
	nextSteps := "Set wait_for_completion = true, or download the export when it is completed."
	if incomplete.export.Status == rebilly.StatusCompleted {
		nextSteps = "Run Terraform again later. If the error persists, contact Rebilly's support."
	}

	return explanation{"Export Not Completed", incomplete.Error(), exportFacts(incomplete.export, nil), nextSteps}
}

func explainTerminalStatus(terminal *rebilly.TerminalStatusError) explanation {
	facts := exportFacts(terminal.Export, terminal.Timeline)
	if terminal.Export.Status == rebilly.StatusExpired {
		return explanation{"Export Expired", "its retention has ended, and Rebilly no longer has its file", facts, "Request a new export."}
	}

	return explanation{"Export Failed", "Rebilly could not complete it", facts, "Request a new export. If it fails again, contact Rebilly's support."}
}

func (o operationError) explainRetryAfter(delay *rebilly.RetryAfterError) explanation {
	explained := o.explainProblem(delay.Problem)
	retryAt := delay.Problem.RetryAt.UTC().Format(time.RFC3339)
	explained.facts = append(explained.facts, "Retry at: "+retryAt, "Longest delay allowed: "+delay.Allowed.Round(time.Second).String())
	explained.nextSteps = "Run Terraform again after " + retryAt + "."
	if delay.Problem.Status == http.StatusTooManyRequests {
		explained.nextSteps += " To stay below the rate limit, read fewer exports per run, or lower -parallelism."
	}

	return explained
}

func (o operationError) explainProblem(problem *rebilly.Problem) explanation {
	explained := explanation{
		cause: fmt.Sprintf("%s returned %d %s", problemSource(problem), problem.Status, problem.Title),
		facts: problemFacts(problem),
	}
	switch status := problem.Status; {
	case status == http.StatusUnauthorized:
		explained.summary = "Invalid Rebilly Credential"
		explained.facts = append(explained.facts, "Credential: "+o.credentialSource)
		explained.nextSteps = "Check that the credential is complete, is a secret API key or a JWT, and is not revoked or expired. " +
			"Check that it belongs to this environment: live and sandbox have separate credentials."
	case status == http.StatusForbidden:
		explained.summary = "Permission Denied"
		explained.facts = append(explained.facts, "Credential: "+o.credentialSource, "Permission: "+o.permission)
		explained.nextSteps = "Give the API key or the user the permission " + o.permission + " in Rebilly, or use another credential."
	case status == http.StatusNotFound && problem.IsProblemObject:
		explained.summary = "Export Not Found"
		explained.nextSteps = "Check the ID, and check that the export belongs to this organization and environment."
		switch o.permission {
		case "GetOrganizationExport":
		case "GetFile":
			explained.summary = "File Not Found"
			explained.nextSteps = "The export is completed, and Rebilly has no record of its file. Request a new export. If the error persists, contact Rebilly's support."
		default:
			// Nothing but the organization is named by its ID.
			explained.summary = "Organization Not Found"
			explained.nextSteps = "Check that organization_id is right, and that the credential has access to the organization."
		}
	case status == http.StatusTooManyRequests:
		explained.summary = "Rate Limit Exceeded"
		explained.nextSteps = "Run Terraform again later. To stay below the rate limit, read fewer exports per run, lower -parallelism, or raise max_retries."
	case status >= http.StatusInternalServerError:
		explained.summary = "Rebilly Unavailable"
		explained.nextSteps = fmt.Sprintf("This is an error of Rebilly, or of a gateway before it, and remained after %d attempts. ", problem.Attempts)
		if o.created {
			explained.nextSteps = "This is an error of Rebilly, or of a gateway before it. The provider sends a request for an export only once. "
		}
		explained.nextSteps += "If the error persists, contact Rebilly's support."
	case status < http.StatusBadRequest, status == http.StatusNotFound:
		explained.summary = "Unexpected Response"
		explained.nextSteps = "This is not a response of Rebilly's API. Check that base_url and the proxy lead to the API."
	default:
		explained.summary = "Request Refused"
		explained.nextSteps = "Correct the configuration as the detail above says. If it does not say why, contact Rebilly's support."
	}

	return explained
}

// problemSource names who returned a problem, as far as its body tells.
func problemSource(problem *rebilly.Problem) string {
	if problem.IsProblemObject {
		return "Rebilly"
	}

	return "the host"
}

func problemFacts(problem *rebilly.Problem) []string {
	var facts []string
	for _, fact := range []struct{ name, value string }{
		{"Detail", problem.Detail},
		{"Instance", problem.Instance},
		{"Request ID", problem.RequestID},
	} {
		if fact.value != "" {
			facts = append(facts, fact.name+": "+fact.value)
		}
	}
	for _, invalid := range problem.InvalidFields {
		facts = append(facts, fmt.Sprintf("Invalid field %s: %s", invalid.Field, invalid.Message))
	}

	return facts
}

// exportFacts returns the times of an export, as far as the API returned them,
// and how long each status lasted while waiting.
func exportFacts(export *rebilly.OrganizationExport, timeline rebilly.Timeline) []string {
	var facts []string
	for _, fact := range []struct {
		name  string
		value *string
	}{
		{"Requested", export.CreatedTime},
		{"Last changed", export.UpdatedTime},
		{"Retention ends", export.RetentionTime},
	} {
		if fact.value != nil {
			facts = append(facts, fact.name+": "+*fact.value)
		}
	}
	if len(timeline) > 0 {
		facts = append(facts, "Waited: "+timeline.String())
	}

	return facts
}
