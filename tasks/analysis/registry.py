"""Every analyser that we know; a new one is a module in `tools` and one entry here."""

from tasks.analysis.tool import Tool
from tasks.analysis.tools.actionlint import ACTIONLINT
from tasks.analysis.tools.ast_grep import AST_GREP
from tasks.analysis.tools.hadolint import HADOLINT
from tasks.analysis.tools.kingfisher import KINGFISHER
from tasks.analysis.tools.oxlint import OXLINT
from tasks.analysis.tools.ruff import RUFF
from tasks.analysis.tools.shellcheck import SHELLCHECK
from tasks.analysis.tools.ty import TY
from tasks.analysis.tools.zizmor import ZIZMOR

# The slowest first, for they are started in this order.
EVERY_TOOL: tuple[Tool, ...] = (*(KINGFISHER, ACTIONLINT, TY, OXLINT, AST_GREP, ZIZMOR, HADOLINT, SHELLCHECK, RUFF),)
