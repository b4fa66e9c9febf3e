package dev.rollbook.statedb;

/// H2 in the data-dir as the state-db, as it is unless somebody sets it otherwise.
class StateDbOnH2HttpTest extends StateDbHttpContract {}
