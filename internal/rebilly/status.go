package rebilly

// The statuses of an export. After completed, an export can only become
// expired; failed and expired are final.
const (
	StatusPending    = "pending"
	StatusQueued     = "queued"
	StatusProcessing = "processing"
	StatusCompleted  = "completed"
	StatusFailed     = "failed"
	StatusExpired    = "expired"
)

// IsTerminal reports whether an export with the given status will never be
// completed.
func IsTerminal(status string) bool {
	return status == StatusFailed || status == StatusExpired
}

// IsInProgress reports whether Rebilly is still working on an export with the given
// status.
func IsInProgress(status string) bool {
	return status == StatusPending || status == StatusQueued || status == StatusProcessing
}

// IsKnown reports whether the API schema has the given status. An export can have
// others.
func IsKnown(status string) bool {
	return IsInProgress(status) || status == StatusCompleted || IsTerminal(status)
}

// ShownStatus returns the status of an export, safe for errors and logs.
func (c *Client) ShownStatus(export *OrganizationExport) string {
	return c.redactor.clean(export.Status, maxShownExcerpt)
}
