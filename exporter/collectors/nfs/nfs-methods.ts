/** Lists the methods of NFS in the order of the kernel's counters. Source: include/uapi/linux/nfs*.h, include/linux/nfs4.h of the kernel */

export const version2Methods: readonly string[] = words(`
  Null GetAttr SetAttr Root Lookup ReadLink Read WrCache Write Create Remove Rename Link SymLink MkDir RmDir ReadDir FsStat
`);

export const version3Methods: readonly string[] = words(`
  Null GetAttr SetAttr Lookup Access ReadLink Read Write Create MkDir SymLink MkNod Remove RmDir Rename Link ReadDir
  ReadDirPlus FsStat FsInfo PathConf Commit
`);

/** Calls of the NFS 4 client, each of which consists of several operations. */
export const version4ClientMethods: readonly string[] = words(`
  Null Read Write Commit Open OpenConfirm OpenNoattr OpenDowngrade Close Setattr FsInfo Renew SetClientID
  SetClientIDConfirm Lock Lockt Locku Access Getattr Lookup LookupRoot Remove Rename Link Symlink Create Pathconf StatFs
  ReadLink ReadDir ServerCaps DelegReturn GetACL SetACL FsLocations ReleaseLockowner Secinfo FsidPresent ExchangeID
  CreateSession DestroySession Sequence GetLeaseTime ReclaimComplete GetDeviceInfo LayoutGet LayoutCommit LayoutReturn
  SecinfoNoName TestStateID FreeStateID GetDeviceList BindConnToSession DestroyClientID Seek Allocate DeAllocate
  LayoutStats Clone
`);

/** Operations of the NFS 4 server. The protocol does not use the first three numbers. */
export const version4ServerOperations: readonly string[] = [
  '',
  '',
  '',
  ...words(`
    Access Close Commit Create DelegPurge DelegReturn GetAttr GetFH Link Lock Lockt Locku Lookup LookupRoot Nverify Open
    OpenAttr OpenConfirm OpenDgrd PutFH PutPubFH PutRootFH Read ReadDir ReadLink Remove Rename Renew RestoreFH SaveFH
    SecInfo SetAttr SetClientID SetClientIDConfirm Verify Write RelLockOwner
  `),
];

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
